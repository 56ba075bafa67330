/** A call and its decision records in plain words: who was chosen, and why the others were not. */
import { useQuery } from "@tanstack/react-query";
import { Button, Drawer } from "antd";
import { need, type Schemas } from "../../core/api.ts";
import type { Names } from "../../core/names.ts";
import { useParty } from "../customers/queries.ts";
import { useDesktop, useNames, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Chip, Empty, Lines, Notice, Phone } from "../parts/parts.tsx";
import { Link } from "../router.tsx";
import { codeOf } from "../tell.ts";
import css from "./supervisor.module.css";

const FRESH_EVERY = 3_000;

interface WhyDrawerProps {
  /** "" keeps it shut. */
  readonly call: string;
  readonly onClose: () => void;
}

export function WhyDrawer({ call, onClose }: WhyDrawerProps) {
  const { t, code, language } = useSpeech();
  const { api } = useDesktop();
  const options = { enabled: call !== "", refetchInterval: FRESH_EVERY } as const;
  const facts = useQuery({
    queryKey: ["call", call],
    queryFn: () => need(api.GET("/api/calls/{call}", { params: { path: { call } } })),
    ...options,
  });
  const why = useQuery({
    queryKey: ["call", call, "why"],
    queryFn: () => need(api.GET("/api/calls/{call}/why", { params: { path: { call } } })),
    ...options,
  });
  const failed = why.error ?? facts.error;
  return (
    <Drawer
      open={call !== ""}
      onClose={onClose}
      size={500}
      placement={language === "fa" ? "left" : "right"}
      title={t("why.title")}
      extra={
        <Button size="small" onClick={() => void why.refetch()}>
          {t("why.refresh")}
        </Button>
      }
    >
      {facts.data !== undefined && <Facts facts={facts.data} />}
      {failed !== null && (
        <Notice tone="red" icon="alert">
          {code("problem", codeOf(failed))}
        </Notice>
      )}
      {why.isPending && call !== "" && failed === null && <Lines count={5} />}
      {why.data?.offers.length === 0 && <Empty icon="clock">{t("why.none")}</Empty>}
      {why.data?.offers.map((offer, index) => (
        <Offer key={offer.offer} offer={offer} number={index + 1} />
      ))}
    </Drawer>
  );
}

function Facts({ facts }: { readonly facts: Schemas["CallView"] }) {
  const { t, code, formats } = useSpeech();
  const dialled = useNames().number(facts.dnis);
  const party = useParty(facts.party_id ?? "").data;
  return (
    <dl className={css.facts}>
      <dt>{t("call.caller")}</dt>
      <dd>
        {facts.party_id !== null && (
          <>
            <Link to={`/customers/${facts.party_id}`}>
              <bdi>{party?.name ?? t("why.customer")}</bdi>
            </Link>
            {" · "}
          </>
        )}
        <Phone number={facts.ani} />
      </dd>
      <dt>{t("call.dialled")}</dt>
      <dd>
        <Phone number={facts.dnis} />
        {dialled !== "" && <span className="muted"> · {dialled}</span>}
      </dd>
      <dt>{t("call.state")}</dt>
      <dd>{code("call_state", facts.state)}</dd>
      <dt>{t("call.started")}</dt>
      <dd>{formats.dateTime(facts.started_at)}</dd>
    </dl>
  );
}

/** Skills with their lowest levels, each read in its own direction whatever is around it. */
function needsText(
  needs: readonly string[],
  names: Names,
  digits: (text: string) => string,
): string {
  return needs
    .map((need) => {
      const [skill = "", level = ""] = need.split(/>=|:/);
      return `\u2068${names.skill(skill)}${level === "" ? "" : ` ≥ ${digits(level)}`}\u2069`;
    })
    .join(" · ");
}

/** Parameters of a cause, with the skill they name as the site calls it. */
function withSkill(params: Readonly<Record<string, string>>, names: Names) {
  return params.skill === undefined ? params : { ...params, skill: names.skill(params.skill) };
}

function Offer({
  offer,
  number,
}: {
  readonly offer: Schemas["WhyOfferView"];
  readonly number: number;
}) {
  const { t, code, formats } = useSpeech();
  const names = useNames();
  const counts = Object.entries(offer.counts).filter(([, count]) => count > 0);
  return (
    <section className={css.offer}>
      <div className="spread">
        <strong>{t("why.offer", { n: number, name: offer.agent_name })}</strong>
        <span className="faint num">{formats.second(offer.at)}</span>
      </div>
      <p className={css.sentence}>
        {t("why.sentence", {
          name: offer.agent_name,
          waited: formats.clock(offer.waited_s),
          n: offer.queue_length,
        })}
        {offer.needs.length > 0 &&
          ` ${t("why.needs", { needs: needsText(offer.needs, names, formats.digits) })}`}
        {offer.ended !== "" && ` ${t("why.ended", { how: code("offer_ended", offer.ended) })}`}
      </p>
      {offer.lines.map((line) => (
        <div key={line.agent} className={css.whyLine} data-chosen={line.chosen}>
          <Icon
            name={line.chosen ? "check" : "close"}
            className={line.chosen ? undefined : "faint"}
          />
          <span>
            {line.name} <span>{code("cause", line.cause, withSkill(line.params, names))}</span>
          </span>
        </div>
      ))}
      {counts.length > 0 && (
        <div className="row" style={{ flexWrap: "wrap", marginTop: 8 }}>
          {counts.map(([cause, count]) => (
            <Chip key={cause}>
              {code("passed_over", cause.split(":")[0] ?? cause, {
                skill: names.skill(cause.split(":")[1] ?? ""),
              })}{" "}
              {formats.number(count)}
            </Chip>
          ))}
        </div>
      )}
    </section>
  );
}
