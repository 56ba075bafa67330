/** How much waits for the agent, for tabs and the mark in the header. */
import { useClock } from "../hooks.ts";
import { useMissed, useTasks, useUnfinished } from "./work_queries.ts";

export interface WorkCounts {
  readonly unfinished: number;
  readonly tasks: number;
  readonly missed: number;
  readonly others: number;
  /** Tasks whose time has come. */
  readonly due: number;
}

export function useWorkCounts(): WorkCounts {
  const unfinished = useUnfinished().data?.pages.at(-1)?.total ?? 0;
  const missed = useMissed().data?.pages.at(-1)?.total ?? 0;
  const others = useTasks("others").data?.pages.at(-1)?.total ?? 0;
  const tasks = useTasks("mine").data?.pages;
  const items = tasks?.flatMap((page) => page.items) ?? [];
  const known = tasks?.at(-1)?.due ?? 0;
  const due = useClock((now) =>
    Math.max(known, items.filter(({ due_at }) => Date.parse(due_at) <= now).length),
  );
  return { unfinished, missed, others, tasks: tasks?.at(-1)?.total ?? 0, due };
}
