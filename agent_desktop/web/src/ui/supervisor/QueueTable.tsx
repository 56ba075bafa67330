/** Live figures of each queue. */
import type { QueueFigures } from "../../core/protocol.gen.ts";
import { secondsSince } from "../../core/server_time.ts";
import { useNames, useNow, useSpeech } from "../hooks.ts";
import { Chip, Dot, Empty } from "../parts/parts.tsx";
import css from "./supervisor.module.css";
import { levelTone, queueTone, waitTone } from "./tones.ts";

const CLASSES: Readonly<Record<string, string | undefined>> = {
  red: css.hot,
  amber: css.warm,
  green: css.good,
};

const COLUMNS = [
  "waiting",
  "longest",
  "ewt",
  "service_level",
  "asa",
  "aht",
  "offered",
  "answered",
  "abandoned",
  "agents",
] as const;

export function QueueTable({ queues }: { readonly queues: readonly QueueFigures[] }) {
  const { t, formats } = useSpeech();
  const names = useNames();
  const now = useNow();
  const seconds = (value: number | null) => (value === null ? "–" : formats.clock(value));
  if (queues.length === 0) {
    return (
      <div style={{ padding: "0 14px 10px" }}>
        <Empty>{t("queues.none")}</Empty>
      </div>
    );
  }
  return (
    <div className={css.scroll}>
      <table className={css.table}>
        <thead>
          <tr>
            <th scope="col">{t("figure.queue")}</th>
            {COLUMNS.map((column) => (
              <th key={column} scope="col" className={css.n} title={t(`figure_long.${column}`)}>
                {t(`figure.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {queues.map((queue) => {
            const oldest =
              queue.oldest_since === null ? null : secondsSince(queue.oldest_since, now);
            return (
              <tr key={queue.id}>
                <td>
                  <span className="row">
                    <Dot tone={queueTone(queue, now)} />
                    <strong>{names.queue(queue.id, queue.name)}</strong>
                    {!queue.open && <Chip>{t("queues.closed")}</Chip>}
                  </span>
                </td>
                <td className={`${css.n} ${queue.waiting > 0 ? css.warm : ""}`}>
                  {formats.number(queue.waiting)}
                </td>
                <td
                  className={`${css.n} ${CLASSES[waitTone(oldest ?? 0, queue.answer_within_s)] ?? ""}`}
                >
                  {seconds(oldest)}
                </td>
                <td className={css.n}>{seconds(queue.ewt_s)}</td>
                <td
                  className={`${css.n} ${CLASSES[levelTone(queue.service_level)] ?? ""}`}
                  title={t("figure.within", { time: formats.about(queue.answer_within_s) })}
                >
                  {queue.service_level === null ? "–" : formats.percent(queue.service_level)}
                </td>
                <td className={css.n}>{seconds(queue.asa_s)}</td>
                <td className={css.n}>{seconds(queue.aht_s)}</td>
                <td className={css.n}>{formats.number(queue.offered)}</td>
                <td className={css.n}>{formats.number(queue.answered)}</td>
                <td
                  className={css.n}
                  title={t("figure.short_abandoned", { n: queue.short_abandoned })}
                >
                  {formats.number(queue.abandoned)}
                </td>
                <td className={css.n} title={t("figure.agents_title")}>
                  {[queue.agents_ready, queue.agents_busy, queue.agents_signed_in]
                    .map((n) => formats.number(n))
                    .join(" / ")}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
