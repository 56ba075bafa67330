/** What waits for the agent: calls to file, promised call-backs and tasks, missed calls. */
import { App, Button, Dropdown, Modal, Segmented } from "antd";
import { type ReactNode, useState } from "react";
import { useClock, useDesktop, useNames, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Ago, Card, Chip, Empty, isWithheld, Lines } from "../parts/parts.tsx";
import { Link } from "../router.tsx";
import { codeOf } from "../tell.ts";
import { CallBack } from "./CallBack.tsx";
import { showContact } from "./contact_shown.ts";
import { DueChoice } from "./DueChoice.tsx";
import { snoozesFrom } from "./snooze.ts";
import { useWorkCounts } from "./work_counts.ts";
import {
  type Missed,
  type Task,
  type Unfinished,
  useMissed,
  useSeeToMissed,
  useTaskChange,
  useTasks,
  useUnfinished,
} from "./work_queries.ts";
import css from "./workspace.module.css";

type List = "unfinished" | "tasks" | "missed" | "others";
const LISTS: readonly List[] = ["unfinished", "tasks", "missed", "others"];

export function Work() {
  const { t, formats } = useSpeech();
  const counts = useWorkCounts();
  const [chosen, setChosen] = useState<List | "">("");
  // Until the agent chooses, the first list with something in it is shown.
  const own = (["unfinished", "tasks", "missed"] as const).find((list) => counts[list] > 0);
  const shown = chosen || (own ?? "tasks");
  return (
    <Card flush title={t("todo.title")} label={t("todo.title")}>
      <div className={css.todoTabs}>
        <Segmented<List>
          block
          size="small"
          value={shown}
          onChange={setChosen}
          options={LISTS.map((list) => ({
            value: list,
            title: t(`todo.${list}_long`),
            label: (
              <span className={css.todoTab} data-late={list === "tasks" && counts.due > 0}>
                <span className="ellipsis">{t(`todo.${list}`)}</span>
                {counts[list] > 0 && <b className="num">{formats.number(counts[list])}</b>}
              </span>
            ),
          }))}
        />
      </div>
      {shown === "unfinished" && <UnfinishedList />}
      {shown === "missed" && <MissedList />}
      {shown === "tasks" && <TaskList whose="mine" />}
      {shown === "others" && <TaskList whose="others" />}
    </Card>
  );
}

interface Paged<T> {
  readonly data:
    | { readonly pages: readonly { readonly items: readonly T[]; readonly total: number }[] }
    | undefined;
  readonly error: Error | null;
  readonly isPending: boolean;
  readonly hasNextPage: boolean;
  readonly isFetchingNextPage: boolean;
  readonly fetchNextPage: () => unknown;
  readonly refetch: () => unknown;
}

interface RowsProps<T> {
  readonly list: Paged<T>;
  readonly none: string;
  readonly children: (item: T) => ReactNode;
}

/** The pages of a list, its end, its emptiness and its failure. */
function Rows<T>({ list, none, children }: RowsProps<T>) {
  const { t, code } = useSpeech();
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (items.length === 0) {
    return (
      <div className={css.todoNone}>
        {list.isPending ? (
          <Lines count={2} />
        ) : list.error !== null ? (
          <Empty icon="alert">
            {code("problem", codeOf(list.error))}{" "}
            <Button size="small" type="link" onClick={() => void list.refetch()}>
              {t("offline.retry")}
            </Button>
          </Empty>
        ) : (
          <Empty icon="check">{none}</Empty>
        )}
      </div>
    );
  }
  return (
    <ul className={css.todoList}>
      {items.map(children)}
      {list.hasNextPage && (
        <li>
          <Button
            block
            size="small"
            type="text"
            loading={list.isFetchingNextPage}
            onClick={() => void list.fetchNextPage()}
          >
            {t("list.more")}
          </Button>
        </li>
      )}
    </ul>
  );
}

interface WhoProps {
  readonly party: string | null;
  readonly name: string;
  readonly number: string;
}

/** Whom a line is about: the customer's page, else the number. */
function Who({ party, name, number }: WhoProps) {
  if (party === null) return <CallBack number={number} />;
  return (
    <Link to={`/customers/${party}`} className={`${css.todoName} ellipsis`}>
      <bdi>{name}</bdi>
    </Link>
  );
}

function UnfinishedList() {
  const { t } = useSpeech();
  return (
    <Rows list={useUnfinished()} none={t("todo.no_unfinished")}>
      {(call) => <UnfinishedRow key={call.id} call={call} />}
    </Rows>
  );
}

function UnfinishedRow({ call }: { readonly call: Unfinished }) {
  const { t } = useSpeech();
  const names = useNames();
  return (
    <li className={css.todo}>
      <div className={css.todoText}>
        <Who party={call.party_id} name={call.party_name} number={call.number} />
        <span className="muted ellipsis" dir="auto">
          {call.note === "" ? names.queue(call.queue, call.queue) : call.note}
        </span>
      </div>
      <span className="faint">
        <Ago at={call.at} />
      </span>
      <Button size="small" onClick={() => showContact(call.id)}>
        {t("todo.file")}
      </Button>
    </li>
  );
}

function MissedList() {
  const { t } = useSpeech();
  return (
    <Rows list={useMissed()} none={t("todo.no_missed")}>
      {(call) => <MissedRow key={call.id} call={call} />}
    </Rows>
  );
}

function MissedRow({ call }: { readonly call: Missed }) {
  const { t, code, formats } = useSpeech();
  const { message } = App.useApp();
  const names = useNames();
  const seeTo = useSeeToMissed();
  const act = (done: boolean) =>
    seeTo.mutate(
      { call, done },
      { onError: (error) => void message.error(code("problem", codeOf(error))) },
    );
  const why =
    call.answered_by !== ""
      ? t("todo.answered_by", { name: call.answered_by })
      : call.waited_s === null
        ? t("todo.gave_up")
        : t("todo.gave_up_after", { time: formats.about(call.waited_s) });
  return (
    <li className={css.todo} data-dim={call.answered_by !== ""}>
      <div className={css.todoText}>
        <Who party={call.party_id} name={call.party_name} number={call.number} />
        {call.party_id !== null && call.answered_by === "" && !isWithheld(call.number) && (
          <CallBack number={call.number} />
        )}
        <span className="muted">
          <Ago at={call.at} />
          {" · "}
          {call.rang && `${t("todo.rang_you")} · `}
          {why} · {names.queue(call.queue, call.queue)}
        </span>
      </div>
      {call.answered_by === "" && (
        <span className={css.todoActs}>
          <Button size="small" disabled={seeTo.isPending} onClick={() => act(false)}>
            {t("todo.take")}
          </Button>
          <Button
            size="small"
            type="text"
            disabled={seeTo.isPending}
            icon={<Icon name="check" size={14} />}
            aria-label={t("todo.done")}
            title={t("todo.done")}
            onClick={() => act(true)}
          />
        </span>
      )}
    </li>
  );
}

function TaskList({ whose }: { readonly whose: "mine" | "others" }) {
  const { t } = useSpeech();
  return (
    <Rows list={useTasks(whose)} none={t(whose === "mine" ? "todo.no_tasks" : "todo.no_others")}>
      {(task) => <TaskRow key={task.id} task={task} />}
    </Rows>
  );
}

function TaskRow({ task }: { readonly task: Task }) {
  const { t, code, formats } = useSpeech();
  const late = useClock((now) => Date.parse(task.due_at) <= now);
  const title = task.subject === "" ? code("task_kind", task.kind) : task.subject;
  return (
    <li className={css.todo} data-late={late}>
      <div className={css.todoText}>
        {task.party_id === null && task.number === "" ? (
          <span className={`${css.todoName} ellipsis`}>{title}</span>
        ) : (
          <Who party={task.party_id} name={task.party_name} number={task.number} />
        )}
        <span className="muted ellipsis" title={title} dir="auto">
          {title}
        </span>
        {task.party_id !== null && task.number !== "" && <CallBack number={task.number} />}
      </div>
      <span className={css.todoDue}>
        {late ? <Chip tone="red">{t("todo.due")}</Chip> : null}
        <time dateTime={task.due_at} title={formats.dateTime(task.due_at)} className="num">
          <Due at={task.due_at} />
        </time>
        {!task.mine && task.assignee !== "" && <bdi className="faint">{task.assignee}</bdi>}
      </span>
      <TaskActs task={task} />
    </li>
  );
}

/** When something is due, as short as it is clear: a time today, a day else. */
function Due({ at }: { readonly at: string }) {
  const { t, formats } = useSpeech();
  const days = useClock((now) => daysBetween(new Date(now), new Date(at)));
  if (days === 0) return formats.time(at);
  if (days === 1) return `${t("due.tomorrow")} ${formats.time(at)}`;
  return formats.day(new Date(at));
}

function daysBetween(from: Date, to: Date): number {
  const midnight = (date: Date) => new Date(date).setHours(0, 0, 0, 0);
  return Math.round((midnight(to) - midnight(from)) / 86_400_000);
}

function TaskActs({ task }: { readonly task: Task }) {
  const { t, code } = useSpeech();
  const { message } = App.useApp();
  const { time } = useDesktop();
  const change = useTaskChange();
  const [moving, setMoving] = useState(false);
  const fail = (error: Error) => void message.error(code("problem", codeOf(error)));
  const alter = (body: Parameters<typeof change.mutate>[0]["body"]) =>
    change.mutate({ task, body }, { onError: fail });
  const done = () =>
    change.mutate(
      { task, body: { state: "done" } },
      {
        onError: fail,
        onSuccess: (saved) => {
          const undo = () => {
            message.destroy(saved.id);
            change.mutate({ task: saved, body: { state: "open" } }, { onError: fail });
          };
          void message.success({
            key: saved.id,
            duration: 6,
            content: (
              <>
                {t("todo.was_done")}{" "}
                <Button size="small" type="link" onClick={undo}>
                  {t("party.undo")}
                </Button>
              </>
            ),
          });
        },
      },
    );
  if (!task.mine) {
    return (
      <Button size="small" disabled={change.isPending} onClick={() => alter({ take: true })}>
        {t("todo.take_over")}
      </Button>
    );
  }
  return (
    <span className={css.todoActs}>
      <Button
        size="small"
        disabled={change.isPending}
        icon={<Icon name="check" size={14} />}
        aria-label={t("todo.done")}
        title={t("todo.done")}
        onClick={done}
      />
      <Dropdown
        trigger={["click"]}
        menu={{
          items: [
            ...snoozesFrom(new Date(time.now())).map(({ key, at }) => ({
              key,
              label: t(`snooze.${key}`),
              onClick: () => alter({ due_at: at.toISOString() }),
            })),
            { type: "divider" as const },
            { key: "choose", label: t("snooze.choose"), onClick: () => setMoving(true) },
            {
              key: "cancel",
              label: t("todo.cancel"),
              onClick: () => alter({ state: "cancelled" }),
            },
          ],
        }}
      >
        <Button
          size="small"
          type="text"
          icon={<Icon name="more" />}
          aria-label={t("todo.more")}
          title={t("todo.more")}
        />
      </Dropdown>
      {moving && (
        <MoveDialog
          task={task}
          onClose={() => setMoving(false)}
          onMove={(due_at) => alter({ due_at })}
        />
      )}
    </span>
  );
}

interface MoveDialogProps {
  readonly task: Task;
  readonly onClose: () => void;
  readonly onMove: (due: string) => void;
}

function MoveDialog({ task, onClose, onMove }: MoveDialogProps) {
  const { t } = useSpeech();
  const [due, setDue] = useState(task.due_at);
  return (
    <Modal
      open
      width={360}
      title={t("snooze.choose")}
      okText={t("todo.move")}
      onCancel={onClose}
      onOk={() => {
        onMove(due);
        onClose();
      }}
    >
      <DueChoice value={due} required onChange={setDue} />
    </Modal>
  );
}
