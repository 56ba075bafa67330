/** Big figures for a screen on the wall. Escape leaves it. */
import { Button } from "antd";
import { useEffect } from "react";
import type { QueueFigures } from "../../core/protocol.gen.ts";
import { agentsOf, queuesOf, totalsOf } from "../../core/selectors.ts";
import { secondsSince } from "../../core/server_time.ts";
import { useNames, useNow, useSpeech, useStore } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import type { Tone } from "../parts/parts.tsx";
import { go } from "../router.tsx";
import css from "./supervisor.module.css";
import { levelTone, queueTone, waitTone } from "./tones.ts";

const LONG_WAIT = 20;

export default function Wallboard() {
  const { t, formats } = useSpeech();
  const queues = useStore(queuesOf);
  const agents = useStore(agentsOf);
  const now = useNow();
  const totals = totalsOf(queues, agents);
  const oldest = totals.oldestSince === null ? 0 : secondsSince(totals.oldestSince, now);

  useEffect(() => {
    const leave = (event: KeyboardEvent) => {
      if (event.key === "Escape" && document.fullscreenElement === null) go("/supervisor");
    };
    addEventListener("keydown", leave);
    return () => removeEventListener("keydown", leave);
  }, []);
  const fill = () =>
    void (
      document.fullscreenElement === null
        ? document.documentElement.requestFullscreen()
        : document.exitFullscreen()
    ).catch(() => undefined); // refused by the browser: the page is large anyway

  return (
    <div className={css.board}>
      <header className={css.boardTop}>
        <img src="/icon.svg" alt="" width={32} height={32} />
        <span className="grow">{t("supervisor.title")}</span>
        <time className="num">{formats.time(new Date(now).toISOString())}</time>
        <Button
          type="text"
          icon={<Icon name="screen" />}
          onClick={fill}
          aria-label={t("board.full")}
        />
        <Button
          type="text"
          icon={<Icon name="close" />}
          onClick={() => go("/supervisor")}
          aria-label={t("board.leave")}
        />
      </header>
      <div className={css.bigs}>
        <Big
          label={t("figure.waiting")}
          value={formats.number(totals.waiting)}
          tone={totals.waiting > 0 ? "amber" : "neutral"}
        />
        <Big
          label={t("figure.longest")}
          value={totals.oldestSince === null ? "–" : formats.clock(oldest)}
          tone={waitTone(oldest, LONG_WAIT)}
        />
        <Big
          label={t("figure.service_level")}
          value={totals.serviceLevel === null ? "–" : formats.percent(totals.serviceLevel)}
          tone={levelTone(totals.serviceLevel)}
        />
        <Big
          label={t("figure.ready")}
          value={formats.number(totals.ready)}
          tone={totals.ready > 0 ? "green" : "neutral"}
        />
        <Big label={t("figure.abandoned")} value={formats.number(totals.abandoned)} />
      </div>
      <div className={css.boardQueues}>
        {queues.map((queue) => (
          <BoardQueue key={queue.id} queue={queue} now={now} />
        ))}
      </div>
    </div>
  );
}

function Big({ label, value, tone = "neutral" }: { label: string; value: string; tone?: Tone }) {
  return (
    <div className={css.big} data-tone={tone}>
      <b className="num">{value}</b>
      <span>{label}</span>
    </div>
  );
}

function BoardQueue({ queue, now }: { readonly queue: QueueFigures; readonly now: number }) {
  const { t, formats } = useSpeech();
  const names = useNames();
  const figures: readonly (readonly [string, string])[] = [
    ["waiting", formats.number(queue.waiting)],
    [
      "longest",
      queue.oldest_since === null ? "–" : formats.clock(secondsSince(queue.oldest_since, now)),
    ],
    ["service_level", queue.service_level === null ? "–" : formats.percent(queue.service_level)],
    ["asa", queue.asa_s === null ? "–" : formats.clock(queue.asa_s)],
    ["ready", formats.number(queue.agents_ready)],
    ["abandoned", formats.number(queue.abandoned)],
  ];
  return (
    <section className={css.boardQueue} data-tone={queueTone(queue, now)}>
      <h2>{names.queue(queue.id, queue.name)}</h2>
      <dl>
        {figures.map(([key, value]) => (
          <div key={key}>
            <dd className="num">{value}</dd>
            <dt>{t(`figure.${key}`)}</dt>
          </div>
        ))}
      </dl>
    </section>
  );
}
