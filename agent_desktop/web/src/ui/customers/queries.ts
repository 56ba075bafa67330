/** Reads of customer data, cached by TanStack Query under stable keys. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { need } from "../../core/api.ts";
import type { News } from "../../core/protocol.gen.ts";
import type { Topics } from "../../core/store.ts";
import { useAway, useDesktop, useSettled, useSocketState, useStore } from "../hooks.ts";
import { codeOf } from "../tell.ts";

export const keys = {
  party: (id: string) => ["party", id] as const,
  cases: (id: string) => ["party", id, "cases"] as const,
  orders: (id: string) => ["party", id, "orders"] as const,
  timeline: (id: string) => ["party", id, "timeline"] as const,
  /** Every list of parties. */
  lists: ["parties"] as const,
};

/** A search is slow when its answer is not there after this; until then the last one is shown. */
const SLOW = 800;

interface Asked {
  readonly failureReason: unknown;
  readonly isPlaceholderData: boolean;
}

/**
 * Why a search has no answer: the code of a problem, "slow", or "". Rows that are there all the
 * same are of another search, or of before the server went away, and must not pass for an answer.
 */
export function useTrouble({ failureReason, isPlaceholderData }: Asked): string {
  const away = useAway();
  const waitedLong = useSettled(isPlaceholderData, SLOW);
  if (failureReason !== null) return codeOf(failureReason);
  if (away) return "offline";
  return isPlaceholderData && waitedLong ? "slow" : "";
}

/** The first parties that match a text: name, number, telephone, e-mail. */
export function useParties(q: string, limit: number) {
  const { api } = useDesktop();
  return useQuery({
    queryKey: [...keys.lists, q, limit],
    queryFn: () => need(api.GET("/api/parties", { params: { query: { q, limit } } })),
    placeholderData: keepPreviousData,
    networkMode: "always",
  });
}

const FOUND = 50;

/** Parties that match a text, a page at a time. */
export function usePartyPages(q: string) {
  const { api } = useDesktop();
  return useInfiniteQuery({
    queryKey: [...keys.lists, "pages", q],
    queryFn: ({ pageParam: after }) =>
      need(api.GET("/api/parties", { params: { query: { q, after, limit: FOUND } } })),
    initialPageParam: "",
    getNextPageParam: ({ next }) => (next === "" ? undefined : next),
    placeholderData: keepPreviousData,
    networkMode: "always",
  });
}

export type PartyPages = ReturnType<typeof usePartyPages>;

export function useParty(id: string) {
  const { api } = useDesktop();
  return useQuery({
    queryKey: keys.party(id),
    queryFn: () => need(api.GET("/api/parties/{party}", { params: { path: { party: id } } })),
    enabled: id !== "",
  });
}

/** Read a customer again when somebody changed something about her, or we may have missed it. */
export function usePartyNews(id: string): void {
  const queries = useQueryClient();
  const changed = useStore((topics) => changedAt(topics, id));
  const live = useSocketState().name === "live";
  const known = useRef({ id, changed, live });
  useEffect(() => {
    const before = known.current;
    known.current = { id, changed, live };
    const missed = live && !before.live;
    if (before.id !== id || (before.changed === changed && !missed)) return;
    void queries.invalidateQueries({ queryKey: keys.party(id) });
  }, [id, changed, live, queries]);
}

function changedAt(topics: Topics, id: string): string {
  const news = topics.parties?.values[id] as News | undefined;
  return news?.changed_at ?? "";
}

export function useCases(id: string) {
  const { api } = useDesktop();
  return useQuery({
    queryKey: keys.cases(id),
    queryFn: () => need(api.GET("/api/parties/{party}/cases", { params: { path: { party: id } } })),
    enabled: id !== "",
  });
}

export function useOrders(id: string) {
  const { api } = useDesktop();
  return useQuery({
    queryKey: keys.orders(id),
    queryFn: () =>
      need(api.GET("/api/parties/{party}/orders", { params: { path: { party: id } } })),
    enabled: id !== "",
  });
}

const PAGE = 30;

/** What happened with a party, newest first, a page at a time. */
export function useTimeline(id: string) {
  const { api } = useDesktop();
  return useInfiniteQuery({
    queryKey: keys.timeline(id),
    queryFn: ({ pageParam: before }) =>
      need(
        api.GET("/api/parties/{party}/timeline", {
          params: { path: { party: id }, query: { before, limit: PAGE } },
        }),
      ),
    initialPageParam: "",
    getNextPageParam: ({ next }) => (next === "" ? undefined : next),
  });
}

/** The outcomes an agent may choose; they do not change during a shift. */
export function useDispositions() {
  const { api } = useDesktop();
  return useQuery({
    queryKey: ["dispositions"],
    queryFn: () => need(api.GET("/api/dispositions")),
    staleTime: Number.POSITIVE_INFINITY,
  });
}
