/** Live calls; each opens its decision record. */
import type { AgentRow, CallRow } from "../../core/protocol.gen.ts";
import { positionsOf } from "../../core/selectors.ts";
import { useNames, useSpeech } from "../hooks.ts";
import { Chip, Elapsed, Empty, useCallerText } from "../parts/parts.tsx";
import { callTone } from "../tones.ts";
import { Columns } from "./Columns.tsx";
import css from "./supervisor.module.css";

interface CallTableProps {
  readonly calls: readonly CallRow[];
  readonly agents: readonly AgentRow[];
  readonly onCall: (call: string) => void;
}

const COLUMNS = [undefined, "30%", "13%", "25%"] as const;

export function CallTable({ calls, agents, onCall }: CallTableProps) {
  const { t, code } = useSpeech();
  const site = useNames();
  const callerText = useCallerText();
  const positions = positionsOf(calls);
  const names = new Map(agents.map(({ id, name }) => [id, name]));
  if (calls.length === 0) {
    return (
      <div style={{ padding: "0 14px 10px" }}>
        <Empty icon="phone">{t("supervisor.no_calls")}</Empty>
      </div>
    );
  }
  return (
    <div className={css.scroll}>
      <table className={`${css.table} ${css.steady}`}>
        <Columns widths={COLUMNS} />
        <thead>
          <tr>
            <th scope="col">{t("call.caller")}</th>
            <th scope="col">{t("call.state")}</th>
            <th scope="col" className={css.n}>
              {t("agent.for")}
            </th>
            <th scope="col">{t("call.with")}</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <tr key={call.id} data-link="true" onClick={() => onCall(call.id)}>
              <td>
                <button type="button" className={css.linkButton} onClick={() => onCall(call.id)}>
                  <bdi>{call.caller === "" ? callerText(call.ani) : call.caller}</bdi>
                </button>
              </td>
              <td>
                <Chip tone={callTone(call.state)}>
                  {code("call_state", call.state)}
                  {call.state === "queued" &&
                    positions.has(call.id) &&
                    ` · ${t("call.position", { n: positions.get(call.id) ?? 0 })}`}
                </Chip>
              </td>
              <td className={css.n}>
                <Elapsed since={call.queued_at ?? call.state_since} />
              </td>
              <td>
                {call.agent === "" ? (
                  <span className="faint">{site.queue(call.queue, call.queue_name)}</span>
                ) : (
                  (names.get(call.agent) ?? call.agent)
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
