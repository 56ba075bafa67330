/** Who calls, and what to know before saying hello. */
import { Button } from "antd";
import { memo, useState } from "react";
import type { Alert, PartyHeader } from "../../core/protocol.gen.ts";
import { PartyHead, type Reach } from "../customers/PartyHead.tsx";
import { useSpeech } from "../hooks.ts";
import { Card, Chip, QuietButton, Tier } from "../parts/parts.tsx";
import { Link } from "../router.tsx";
import { alertTone } from "../tones.ts";
import { useChooseParty } from "./choose_party.ts";
import css from "./workspace.module.css";

interface PartyCardProps {
  readonly party: PartyHeader;
  readonly alerts: readonly Alert[];
  readonly verified: boolean;
  /** So many others use this number: she is the likeliest, until the agent says so. */
  readonly others: number;
  /** The party's number is another writing of the caller's: likely the caller, until confirmed. */
  readonly likely: boolean;
  readonly call: string;
  /** She is choosing somebody else. */
  readonly choosing: boolean;
  readonly onChoosing: (choosing: boolean) => void;
}

export const PartyCard = memo(
  ({ party, alerts, verified, others, likely, call, choosing, onChoosing }: PartyCardProps) => {
    const { t, code } = useSpeech();
    const choose = useChooseParty(call);
    const [busy, setBusy] = useState(false);
    const unsure = likely || others > 0;
    const confirm = async () => {
      setBusy(true);
      await choose(likely ? { party_id: party.id, keep_number: true } : { party_id: party.id });
      setBusy(false);
    };
    return (
      <Card flush className={css.party} label={t("party.title")}>
        <PartyHead
          party={party}
          reaches={reachesOf(party)}
          title={
            <Link to={`/customers/${party.id}`}>
              <bdi>{party.name}</bdi>
            </Link>
          }
          marks={
            <>
              {!alerts.some(({ kind }) => kind === party.tier) && <Tier tier={party.tier} />}
              {verified && (
                <Chip tone="green" icon="shield">
                  {t("party.verified")}
                </Chip>
              )}
            </>
          }
          extra={
            <QuietButton onClick={() => onChoosing(!choosing)}>
              {t(choosing ? "pop.keep" : "pop.someone_else")}
            </QuietButton>
          }
        />
        <div className={css.alerts}>
          {alerts.map((alert) => (
            <Chip
              key={alert.kind}
              tone={alertTone(alert.kind)}
              icon={alert.kind === "vip" ? "star" : "alert"}
            >
              {code("alert", alert.kind, alert.params)}
            </Chip>
          ))}
          {unsure && (
            <>
              <Chip tone="blue" icon="info">
                {likely ? t("pop.likely_number") : t("pop.others", { n: others })}
              </Chip>
              <Button size="small" loading={busy} onClick={() => void confirm()}>
                {t("pop.choose")}
              </Button>
            </>
          )}
          {alerts.length === 0 && !unsure && <span className="faint">{t("party.no_alerts")}</span>}
        </div>
      </Card>
    );
  },
);

const MOST_PHONES = 3;

function reachesOf({ phones, emails }: PartyHeader): readonly Reach[] {
  return [
    ...phones.slice(0, MOST_PHONES).map((value) => ({ id: value, kind: "phone", value })),
    ...emails.slice(0, 1).map((value) => ({ id: value, kind: "email", value })),
  ];
}
