/** The waiting queues, so that she sees what is coming. */
import { queuesOf } from "../../core/selectors.ts";
import { useNames, useSpeech, useStoreSoon } from "../hooks.ts";
import { Card, Chip, Elapsed, Empty } from "../parts/parts.tsx";
import css from "./workspace.module.css";

export function QueueStrip() {
  const { t, formats } = useSpeech();
  const names = useNames();
  const queues = useStoreSoon(queuesOf);
  return (
    <Card title={t("queues.title")} flush>
      {queues.length === 0 && (
        <div style={{ padding: "0 14px 10px" }}>
          <Empty>{t("queues.none")}</Empty>
        </div>
      )}
      {queues.map((queue) => (
        <div key={queue.id} className={css.queue}>
          <span className="ellipsis">{names.queue(queue.id, queue.name)}</span>
          <span className={`${css.waiting} num`} data-some={queue.waiting > 0}>
            {formats.number(queue.waiting)}
          </span>
          <span className="faint ellipsis">
            {queue.open ? (
              t("queues.ready", { n: queue.agents_ready })
            ) : (
              <Chip>{t("queues.closed")}</Chip>
            )}
          </span>
          <span className="faint num" style={{ textAlign: "end" }}>
            {queue.oldest_since !== null && <Elapsed since={queue.oldest_since} />}
          </span>
        </div>
      ))}
    </Card>
  );
}
