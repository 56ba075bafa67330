/** What the agent did today. */

import { Button } from "antd";
import { memo } from "react";
import type { HandledCall } from "../../core/protocol.gen.ts";
import { useNames, useOwnSoon, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Card, Empty } from "../parts/parts.tsx";
import { Link } from "../router.tsx";
import { showContact } from "./contact_shown.ts";
import css from "./workspace.module.css";

export function Today() {
  const { t, formats } = useSpeech();
  const today = useOwnSoon((own) => own.today);
  const perCall =
    today === undefined || today.handled === 0
      ? null
      : (today.talk_s + today.hold_s + today.wrap_up_s) / today.handled;
  return (
    <Card title={t("today.title")} flush>
      <div className={css.figures}>
        <Figure label={t("today.handled")} value={formats.number(today?.handled ?? 0)} />
        <Figure label={t("today.aht")} value={perCall === null ? "–" : formats.clock(perCall)} />
        <Figure label={t("today.occupancy")} value={formats.percent(today?.occupancy ?? 0)} />
        <Figure label={t("today.missed")} value={formats.number(today?.missed ?? 0)} />
      </div>
      {(today?.recent ?? []).map((call) => (
        <Handled key={call.call} call={call} />
      ))}
      {(today?.recent.length ?? 0) === 0 && (
        <div style={{ padding: "0 14px 10px" }}>
          <Empty icon="history">{t("today.none")}</Empty>
        </div>
      )}
    </Card>
  );
}

function Figure({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div className={css.figure}>
      <b className="num">{value}</b>
      <span className="ellipsis" title={label}>
        {label}
      </span>
    </div>
  );
}

interface HandledProps {
  readonly call: HandledCall;
}

/** One call; what was handled does not change, however often the list is sent. */
const Handled = memo(({ call }: HandledProps) => {
  const { t, code, formats } = useSpeech();
  const names = useNames();
  const content = (
    <>
      <span className="faint num">{formats.time(call.at)}</span>
      <span className="ellipsis">
        {call.party_name === "" ? t("today.unknown") : <bdi>{call.party_name}</bdi>}
      </span>
      <span className="num muted">{formats.about(call.talked_s)}</span>
      <span />
      <span className="faint ellipsis">{names.queue(call.queue, call.queue_name)}</span>
      <span className="faint ellipsis">{code("disposition", call.disposition)}</span>
    </>
  );
  const what = t(call.disposition === "" ? "contact.file" : "contact.correct");
  return (
    <div className={css.handledRow}>
      {call.party_id === null ? (
        <div className={css.handled}>{content}</div>
      ) : (
        <Link to={`/customers/${call.party_id}`} className={css.handled}>
          {content}
        </Link>
      )}
      <Button
        size="small"
        type="text"
        icon={<Icon name="pencil" size={13} />}
        aria-label={`${what}: ${formats.time(call.at)}`}
        title={what}
        onClick={() => showContact(call.interaction_id)}
      />
    </div>
  );
}, sameCall);

function sameCall(before: HandledProps, after: HandledProps): boolean {
  const keys = Object.keys(after.call) as (keyof HandledCall)[];
  return keys.every((key) => before.call[key] === after.call[key]);
}
