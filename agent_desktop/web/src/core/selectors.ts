/** Typed readings of the store. */
import type { AgentRow, AgentTopic, CallRow, Pop, QueueFigures } from "./protocol.gen.ts";
import type { Topics } from "./store.ts";

const NOTHING: Readonly<Record<string, never>> = Object.freeze({});

/** What concerns the agent herself. */
export function ownTopic(topics: Topics, user: string): AgentTopic {
  return (topics[`agent:${user}`]?.values ?? NOTHING) as AgentTopic;
}

/** The values of a shared topic, sorted; the same array for the same topic. */
function sorted<T>(topic: string, order: (a: T, b: T) => number): (topics: Topics) => readonly T[] {
  let seen: unknown;
  let result: readonly T[] = [];
  return (topics) => {
    const values = topics[topic]?.values ?? NOTHING;
    if (values !== seen) {
      seen = values;
      result = (Object.values(values) as T[]).sort(order);
    }
    return result;
  };
}

export const queuesOf = sorted<QueueFigures>("queues", (a, b) => a.name.localeCompare(b.name));
export const agentsOf = sorted<AgentRow>("agents", (a, b) => a.name.localeCompare(b.name));
export const callsOf = sorted<CallRow>("calls", (a, b) => a.started_at.localeCompare(b.started_at));

/** Each waiting call's position in its queue, counted from 1. */
export function positionsOf(calls: readonly CallRow[]): ReadonlyMap<string, number> {
  const positions = new Map<string, number>();
  const waiting = new Map<string, number>();
  for (const { id, queue } of calls.filter(({ place }) => place.length > 0).sort(inLine)) {
    const position = (waiting.get(queue) ?? 0) + 1;
    waiting.set(queue, position);
    positions.set(id, position);
  }
  return positions;
}

function inLine(a: CallRow, b: CallRow): number {
  const differs = a.place.findIndex((part, at) => part !== b.place[at]);
  if (differs >= 0) return (a.place[differs] ?? 0) - (b.place[differs] ?? 0);
  return a.id < b.id ? -1 : 1;
}

/** Where the agent's work stands; decides what the page shows. */
export type Phase = "away" | "idle" | "offered" | "talking" | "held" | "wrap_up";

/** The phase, read from what there is rather than from the state's name alone. */
export function phaseOf({ me, offer, call, wrap_up }: AgentTopic): Phase {
  if (call !== undefined) return call.state === "held" ? "held" : "talking";
  if (wrap_up !== undefined) return "wrap_up";
  if (offer !== undefined) return "offered";
  return me === undefined || me.state === "logged_out" ? "away" : "idle";
}

/** The call the page is about: rung, talked with or wrapped up; "" when there is none. */
export function callInHand({ offer, call, wrap_up }: AgentTopic): string {
  return call?.call ?? wrap_up?.call ?? offer?.call ?? "";
}

/** The pop, if it belongs to the call in hand. */
export function popInHand(topic: AgentTopic): Pop | null {
  return topic.pop !== undefined && topic.pop.call === callInHand(topic) ? topic.pop : null;
}

/** Whether the agent can be rung, and if not, which term is false. */
export function reachability(topic: AgentTopic): "reachable" | "no_desktop" | "no_phone" {
  const { me } = topic;
  if (me === undefined || !me.desktop) return "no_desktop";
  return me.phone ? "reachable" : "no_phone";
}

export interface FloorTotals {
  readonly waiting: number;
  readonly oldestSince: string | null;
  readonly ready: number;
  readonly busy: number;
  readonly signedIn: number;
  readonly offered: number;
  readonly answered: number;
  readonly abandoned: number;
  readonly serviceLevel: number | null;
}

/** Whether a call could ring her now: ready alone does not do, her page and phone must be there. */
export function isFree({ state, desktop, phone }: AgentRow): boolean {
  return state === "ready" && desktop && phone;
}

/** Sums over queues; people are counted once, from the agents' rows. */
export function totalsOf(
  queues: readonly QueueFigures[],
  agents: readonly AgentRow[],
): FloorTotals {
  let waiting = 0;
  let offered = 0;
  let answered = 0;
  let abandoned = 0;
  let weighted = 0;
  let weight = 0;
  let oldestSince: string | null = null;
  for (const queue of queues) {
    waiting += queue.waiting;
    offered += queue.offered;
    answered += queue.answered;
    abandoned += queue.abandoned;
    if (queue.oldest_since !== null && (oldestSince === null || queue.oldest_since < oldestSince)) {
      oldestSince = queue.oldest_since;
    }
    if (queue.service_level !== null) {
      const counted = queue.answered + queue.abandoned - queue.short_abandoned;
      weighted += queue.service_level * counted;
      weight += counted;
    }
  }
  const signedIn = agents.filter(({ state }) => state !== "logged_out");
  return {
    waiting,
    oldestSince,
    ready: signedIn.filter(isFree).length,
    busy: signedIn.filter(({ state }) => ["reserved", "talking", "wrap_up"].includes(state)).length,
    signedIn: signedIn.length,
    offered,
    answered,
    abandoned,
    serviceLevel: weight > 0 ? weighted / weight : null,
  };
}
