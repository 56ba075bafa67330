/** Several people may be calling: show how they differ, let her choose with one press. */
import { Button } from "antd";
import { useState } from "react";
import type { Pop } from "../../core/protocol.gen.ts";
import { useSpeech } from "../hooks.ts";
import { Ago, Avatar, Card, Chip, Tier } from "../parts/parts.tsx";
import { useChooseParty } from "./choose_party.ts";
import css from "./workspace.module.css";

interface CandidatesProps {
  readonly pop: Pop;
  readonly candidates: Pop["candidates"];
}

/** Their number is another writing of the caller's: who is chosen keeps this one too. */
const LIKELY = "match.likely";

export function Candidates({ pop, candidates }: CandidatesProps) {
  const { t, code, formats } = useSpeech();
  const choose = useChooseParty(pop.call);
  const [busy, setBusy] = useState("");
  const pick = async ({ party_id, why }: Pop["candidates"][number]) => {
    setBusy(party_id);
    await choose(why === LIKELY ? { party_id, keep_number: true } : { party_id });
    setBusy("");
  };
  return (
    <Card
      flush
      title={t(pop.state === "maybe" ? "pop.maybe" : "pop.many")}
      count={candidates.length}
    >
      {candidates.map((match) => (
        <div key={match.party_id} className={css.candidate}>
          <Avatar name={match.name} size={34} />
          <div className="grow">
            <div className="row">
              <strong className="ellipsis">
                <bdi>{match.name}</bdi>
              </strong>
              <Tier tier={match.tier} />
              {match.shared && <Chip>{t("pop.shared")}</Chip>}
            </div>
            <div className={css.facts}>
              <span className="ltr">{formats.digits(match.number)}</span>
              {match.city !== "" && <span>{match.city}</span>}
              {match.open_cases > 0 && <span>{t("pop.open_cases", { n: match.open_cases })}</span>}
              {match.last_contact !== null && (
                <span>
                  {t("pop.last_contact")} <Ago at={match.last_contact} />
                </span>
              )}
              {match.why !== "" && <span className="faint">{code("match", match.why)}</span>}
            </div>
          </div>
          <Button
            loading={busy === match.party_id}
            disabled={busy !== ""}
            onClick={() => void pick(match)}
          >
            {t("pop.choose")}
          </Button>
        </div>
      ))}
    </Card>
  );
}
