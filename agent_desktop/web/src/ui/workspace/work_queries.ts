/** What waits for the agent, read over REST and read again when the server says that it changed. */
import {
  type QueryClient,
  useInfiniteQuery,
  useMutation,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { need, type Schemas } from "../../core/api.ts";
import { keys } from "../customers/queries.ts";
import { useDesktop, useOwn, useSocketState } from "../hooks.ts";

export type Task = Schemas["TaskView"];
export type Missed = Schemas["MissedView"];
export type Unfinished = Schemas["UnfinishedView"];
export type Whose = "mine" | "others";

export const workKeys = {
  all: ["work"] as const,
  unfinished: ["work", "unfinished"] as const,
  missed: ["work", "missed"] as const,
  tasks: (whose: Whose) => ["work", "tasks", whose] as const,
  contact: (id: string) => ["work", "contact", id] as const,
};

const PAGE = 20;
/** Pages that hear the same news at once ask one after the other, within this time. */
const SPREAD = 1_500;

interface Page {
  readonly next: string;
}
const paged = {
  initialPageParam: "",
  getNextPageParam: ({ next }: Page) => (next === "" ? undefined : next),
};

export function useUnfinished() {
  const { api } = useDesktop();
  return useInfiniteQuery({
    queryKey: workKeys.unfinished,
    queryFn: ({ pageParam: after }) =>
      need(api.GET("/api/work/unfinished", { params: { query: { after, limit: PAGE } } })),
    ...paged,
  });
}

export function useMissed() {
  const { api } = useDesktop();
  return useInfiniteQuery({
    queryKey: workKeys.missed,
    queryFn: ({ pageParam: after }) =>
      need(api.GET("/api/work/missed", { params: { query: { after, limit: PAGE } } })),
    ...paged,
  });
}

export function useTasks(whose: Whose, enabled = true) {
  const { api } = useDesktop();
  return useInfiniteQuery({
    queryKey: workKeys.tasks(whose),
    queryFn: ({ pageParam: after }) =>
      need(api.GET("/api/work/tasks", { params: { query: { whose, after, limit: PAGE } } })),
    ...paged,
    enabled,
  });
}

/** Read the lists again when the server says that something in them changed. */
export function useWorkNews(): void {
  const queries = useQueryClient();
  const changed = useOwn((own) => own.work?.changed_at ?? "");
  const live = useSocketState().name === "live";
  const known = useRef({ changed, live });
  useEffect(() => {
    const { changed: before, live: was } = known.current;
    known.current = { changed, live };
    if (before === changed && (was || !live)) return;
    const waiting = setTimeout(
      () => void queries.invalidateQueries({ queryKey: workKeys.all }),
      Math.random() * SPREAD,
    );
    return () => clearTimeout(waiting);
  }, [changed, live, queries]);
}

/** Change a task; what is true afterwards is read from the server. */
export function useTaskChange() {
  const { api } = useDesktop();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ task, body }: TaskChange) =>
      need(
        api.PATCH("/api/tasks/{task}", {
          params: { path: { task: task.id } },
          body: { take: false, ...body, version: task.version },
        }),
      ),
    onSettled: (_saved, _error, { task }) => readAgain(queries, task.party_id),
  });
}

export interface TaskChange {
  readonly task: Task;
  readonly body: Partial<Omit<Schemas["PatchTaskBody"], "version">>;
}

/** See to a missed call, or note that it has been seen to. */
export function useSeeToMissed() {
  const { api } = useDesktop();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ call, done }: { readonly call: Missed; readonly done: boolean }) =>
      need(
        api.POST("/api/contacts/{contact}/callback", {
          params: { path: { contact: call.id } },
          body: { done },
        }),
      ),
    onSettled: (_task, _error, { call }) => readAgain(queries, call.party_id),
  });
}

/** What was changed is read again: the lists, and the customer it is about. */
export async function readAgain(queries: QueryClient, party: string | null): Promise<void> {
  await queries.invalidateQueries({ queryKey: workKeys.all });
  if (party !== null) await queries.invalidateQueries({ queryKey: keys.party(party) });
}
