/** Who calls, and what to know before saying hello. */
import type { ReactNode } from "react";
import type { Alert, PartyHeader } from "../../core/protocol.gen.ts";
import { useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Avatar, Card, Chip, Phone, Tier } from "../parts/parts.tsx";
import { Link } from "../router.tsx";
import { alertTone } from "../tones.ts";
import css from "./workspace.module.css";

interface PartyCardProps {
  readonly party: PartyHeader;
  readonly alerts: readonly Alert[];
  readonly verified?: boolean;
  readonly extra?: ReactNode;
}

export function PartyCard({ party, alerts, verified = false, extra }: PartyCardProps) {
  const { t, code, formats } = useSpeech();
  return (
    <Card flush className={css.party} label={t("party.title")}>
      <div className={css.partyTop}>
        <Avatar name={party.name} size={46} />
        <div className="grow">
          <div className="row" style={{ flexWrap: "wrap" }}>
            <span className={css.partyName}>
              <Link to={`/customers/${party.id}`}>
                <bdi>{party.name}</bdi>
              </Link>
            </span>
            {!alerts.some(({ kind }) => kind === party.tier) && <Tier tier={party.tier} />}
            {verified && (
              <Chip tone="green" icon="shield">
                {t("party.verified")}
              </Chip>
            )}
          </div>
          <div className={css.facts}>
            <span className="ltr">{formats.digits(party.number)}</span>
            {party.city !== "" && (
              <span>
                <Icon name="pin" size={14} />
                {party.city}
              </span>
            )}
            {party.language !== "" && (
              <span>
                <Icon name="globe" size={14} />
                {formats.languageName(party.language)}
              </span>
            )}
            {party.since !== null && (
              <span>{t("party.since", { date: formats.date(party.since) })}</span>
            )}
            {party.owner !== "" && (
              <span>
                <Icon name="user" size={14} />
                {party.owner}
              </span>
            )}
            {party.phones.slice(0, 3).map((number) => (
              <span key={number}>
                <Icon name="phone" size={14} />
                <Phone number={number} />
              </span>
            ))}
            {party.emails.slice(0, 1).map((email) => (
              <span key={email} className="ellipsis">
                <Icon name="mail" size={14} />
                <bdi className="ltr ellipsis">{email}</bdi>
              </span>
            ))}
          </div>
        </div>
        {extra}
      </div>
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
        {alerts.length === 0 && <span className="faint">{t("party.no_alerts")}</span>}
      </div>
    </Card>
  );
}
