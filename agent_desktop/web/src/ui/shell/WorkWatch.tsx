/** Says in time what would be lost in silence: after-call work that ends, and promises that are due. */
import { App, Button } from "antd";
import { useEffect, useRef } from "react";
import { DUE, playOnce, TIME_RUNS_OUT } from "../../core/media.ts";
import { secondsUntil } from "../../core/server_time.ts";
import { useCallActions } from "../call_actions.ts";
import { useClock, useDesktop, useLatest, useOwn, useSocketState, useSpeech } from "../hooks.ts";
import { go } from "../router.tsx";
import { showContact } from "../workspace/contact_shown.ts";
import { snoozesFrom } from "../workspace/snooze.ts";
import {
  type Task,
  useTaskChange,
  useTasks,
  useUnfinished,
  useWorkNews,
} from "../workspace/work_queries.ts";
import { canExtend, useExtend, WARNED } from "../workspace/wrap_up.ts";

const ENDING = "wrap_up_ending";
const WAITS = "wrap_up_waits";

export function WorkWatch() {
  useWorkNews();
  useEnding();
  useLeftOver();
  useReminders();
  return null;
}

/** Time runs out: seen, heard and read out before the end, once for each end. */
function useEnding(): void {
  const { message } = App.useApp();
  const { t } = useSpeech();
  const here = useCallActions().place !== "elsewhere"; // one page makes itself heard
  const extend = useExtend();
  const wrapUp = useOwn((own) => own.wrap_up);
  const due = wrapUp?.due ?? "";
  const ending = useClock((now) => due !== "" && secondsUntil(due, now) <= WARNED);
  const warn = useLatest(() => {
    if (here) playOnce(TIME_RUNS_OUT);
    const more = () => {
      message.destroy(ENDING);
      extend();
    };
    void message.warning({
      key: ENDING,
      duration: WARNED,
      content: (
        <span>
          {t("work.ending", { n: WARNED })}{" "}
          {wrapUp !== undefined && canExtend(wrapUp) ? (
            <Button size="small" onClick={more}>
              {t("work.extend")}
            </Button>
          ) : (
            t("work.kept")
          )}
        </span>
      ),
    });
  });
  useEffect(() => {
    if (!ending || due === "") return;
    warn();
    return () => message.destroy(ENDING);
  }, [ending, due, warn, message]);
}

/** The time is over and the form was not filed: say where it is. */
function useLeftOver(): void {
  const { message } = App.useApp();
  const { t } = useSpeech();
  const call = useOwn((own) => own.wrap_up?.call ?? "");
  const last = useRef("");
  if (call !== "") last.current = call;
  const items = useUnfinished().data?.pages[0]?.items ?? [];
  const left = call === "" ? items.find((item) => item.call === last.current) : undefined;
  const id = left?.id ?? "";
  const tell = useLatest(() => {
    const open = () => {
      message.destroy(WAITS);
      showContact(id);
    };
    void message.info({
      key: WAITS,
      duration: 10,
      content: (
        <>
          {t("work.waits")}{" "}
          <Button size="small" type="link" onClick={open}>
            {t("todo.file")}
          </Button>
        </>
      ),
    });
  });
  useEffect(() => {
    if (id === "") return;
    last.current = "";
    tell();
  }, [id, tell]);
}

/** A promise is due: say so, but not over a call that rings. */
function useReminders(): void {
  const { notification } = App.useApp();
  const { t, code } = useSpeech();
  const change = useTaskChange();
  const { phase, place } = useCallActions();
  const wait = phase === "offered" || place === "elsewhere"; // not over a call, and once a person
  const tasks = useTasks("mine").data?.pages[0]?.items ?? [];
  const { time } = useDesktop();
  const ahead = useRef(new Set<string>()); // what was due when it came is counted, not told
  const live = useSocketState().name === "live";
  const told = useRef(new Set<string>());
  const due = useClock((now) => dueNow(tasks, now));
  const remind = useLatest((task: Task) => {
    const close = () => notification.destroy(task.id);
    const later = () => {
      close();
      const at = snoozesFrom(new Date(time.now()))[0]?.at.toISOString() ?? null;
      change.mutate({ task, body: { due_at: at } });
    };
    const open = () => {
      close();
      go(task.party_id === null ? "/" : `/customers/${task.party_id}`);
    };
    playOnce(DUE);
    const who = task.party_name === "" ? task.number : task.party_name;
    notification.info({
      key: task.id,
      duration: 0,
      placement: "bottomRight",
      title: t("remind.title", { what: code("task_kind", task.kind) }),
      description: [who, task.subject].filter((part) => part !== "").join(" · "),
      actions: (
        <span className="row">
          <Button size="small" onClick={later}>
            {t("snooze.quarter")}
          </Button>
          <Button size="small" type="primary" onClick={open}>
            {t("remind.open")}
          </Button>
        </span>
      ),
    });
  });
  useEffect(() => {
    if (!live) return; // the server's clock decides
    for (const task of tasks) {
      if (Date.parse(task.due_at) > time.now()) ahead.current.add(promiseOf(task));
    }
  }, [live, tasks, time]);
  useEffect(() => {
    if (wait) return;
    for (const task of tasks) {
      const promise = promiseOf(task);
      if (!due.split(",").includes(task.id) || told.current.has(promise)) continue;
      if (!ahead.current.has(promise)) continue;
      told.current.add(promise);
      remind(task);
    }
  }, [due, wait, tasks, remind]);
}

/** A task until it is moved to another time. */
const promiseOf = ({ id, due_at }: Task) => `${id} ${due_at}`;

/** The ids of the tasks whose time has come. */
function dueNow(tasks: readonly Task[], now: number): string {
  return tasks
    .filter(({ due_at }) => Date.parse(due_at) <= now)
    .map(({ id }) => id)
    .join(",");
}
