/** Who a customer is, in the same words wherever she is shown: in the pop and on her own page. */
import type { ReactNode } from "react";
import type { PartyHeader } from "../../core/protocol.gen.ts";
import { useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Avatar, Chip, Phone } from "../parts/parts.tsx";
import css from "./customers.module.css";

/** A way to reach her. */
export interface Reach {
  readonly id: string;
  readonly kind: string;
  readonly value: string;
  readonly shared?: boolean;
  readonly verified?: boolean;
}

type Known = Pick<PartyHeader, "name" | "number" | "city" | "language" | "since" | "owner">;

interface PartyHeadProps {
  readonly party: Known;
  readonly reaches: readonly Reach[];
  /** The name, as a heading or as a link. */
  readonly title: ReactNode;
  /** What stands beside the name: tier, proof. */
  readonly marks?: ReactNode;
  readonly kind?: ReactNode;
  readonly extra?: ReactNode;
}

export function PartyHead({ party, reaches, title, marks, kind, extra }: PartyHeadProps) {
  const { t, formats } = useSpeech();
  return (
    <div className={css.head}>
      <Avatar name={party.name} size={46} />
      <div className="grow">
        <div className="row" style={{ flexWrap: "wrap" }}>
          <span className={css.name}>{title}</span>
          {marks}
        </div>
        <div className={css.facts}>
          <span className="ltr">{formats.digits(party.number)}</span>
          {kind}
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
          {reaches.map((reach) => (
            <ReachFact key={reach.id} reach={reach} />
          ))}
        </div>
      </div>
      {extra}
    </div>
  );
}

function ReachFact({ reach }: { readonly reach: Reach }) {
  const { t } = useSpeech();
  const mail = reach.kind === "email";
  return (
    <span>
      <Icon name={mail ? "mail" : "phone"} size={14} />
      {mail ? <bdi className="ltr ellipsis">{reach.value}</bdi> : <Phone number={reach.value} />}
      {reach.shared === true && <Chip>{t("pop.shared")}</Chip>}
      {reach.verified === true && <Icon name="shield" size={14} />}
    </span>
  );
}
