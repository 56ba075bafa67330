import { describe, expect, it } from "vitest";
import type { AgentRow, AgentTopic, CallRow, QueueFigures } from "./protocol.gen.ts";
import { phaseOf, popInHand, positionsOf, queuesOf, totalsOf } from "./selectors.ts";

const queue = (over: Partial<QueueFigures>): QueueFigures => ({
  id: "q",
  name: "Q",
  waiting: 0,
  oldest_since: null,
  agents_ready: 0,
  agents_busy: 0,
  agents_signed_in: 0,
  offered: 0,
  answered: 0,
  abandoned: 0,
  short_abandoned: 0,
  service_level: null,
  answer_within_s: 20,
  asa_s: null,
  aht_s: null,
  ewt_s: null,
  open: true,
  ...over,
});

describe("selectors", () => {
  it("read the phase from what there is", () => {
    const me = { state: "ready" } as NonNullable<AgentTopic["me"]>;
    const call = { call: "c1", state: "held" } as NonNullable<AgentTopic["call"]>;
    const offer = { call: "c1" } as NonNullable<AgentTopic["offer"]>;
    expect(phaseOf({})).toBe("away");
    expect(phaseOf({ me })).toBe("idle");
    expect(phaseOf({ me, offer })).toBe("offered");
    expect(phaseOf({ me, call })).toBe("held");
  });

  it("show a pop only for the call in hand", () => {
    const pop = { call: "old" } as NonNullable<AgentTopic["pop"]>;
    const offer = { call: "new" } as NonNullable<AgentTopic["offer"]>;
    expect(popInHand({ offer, pop })).toBeNull();
    expect(popInHand({ offer: { ...offer, call: "old" }, pop })).toBe(pop);
  });

  it("weigh service levels by the calls they count, and leave short abandons out", () => {
    const totals = totalsOf(
      [
        queue({ service_level: 1, answered: 1 }),
        queue({ service_level: 0.5, answered: 2, abandoned: 3, short_abandoned: 2 }),
        queue({ service_level: null, offered: 4 }),
      ],
      [],
    );
    expect(totals.serviceLevel).toBeCloseTo((1 * 1 + 0.5 * 3) / 4);
  });

  it("count people once and find the longest wait of all queues", () => {
    const agent = (state: string) => ({ state, desktop: true, phone: true }) as AgentRow;
    const totals = totalsOf(
      [
        queue({ waiting: 2, oldest_since: "2026-11-22T09:00:05Z" }),
        queue({ waiting: 1, oldest_since: "2026-11-22T09:00:01Z" }),
      ],
      [agent("ready"), agent("talking"), agent("logged_out"), agent("not_ready")],
    );
    expect(totals).toMatchObject({
      waiting: 3,
      oldestSince: "2026-11-22T09:00:01Z",
      ready: 1,
      busy: 1,
      signedIn: 3,
    });
  });

  it("count positions anew when somebody leaves the queue, though no other row changes", () => {
    const row = (id: string, queue: string, place: number[]) => ({ id, queue, place }) as CallRow;
    const first = row("c1", "support", [1, 50, 3000]);
    const important = row("c2", "support", [1, 40, 3600]);
    const again = row("c3", "support", [0, 90, 5400]);
    const twin = row("c4", "support", [1, 50, 3000]);
    const elsewhere = row("c5", "sales", [1, 99, 6000]);
    const rings = row("c6", "support", []);

    const before = positionsOf([first, twin, important, again, elsewhere, rings]);
    const after = positionsOf([first, twin, important, elsewhere]);

    expect([...before]).toEqual(
      expect.arrayContaining([
        ["c3", 1],
        ["c2", 2],
        ["c1", 3],
        ["c4", 4],
        ["c5", 1],
      ]),
    );
    expect(before.has("c6")).toBe(false);
    expect(["c2", "c1", "c4", "c5"].map((id) => after.get(id))).toEqual([1, 2, 3, 1]);
  });

  it("give the same array for the same topic", () => {
    const topics = {
      queues: { seq: 1, values: { b: queue({ name: "B" }), a: queue({ name: "A" }) } },
    };
    expect(queuesOf(topics)).toBe(queuesOf({ ...topics }));
    expect(queuesOf(topics).map(({ name }) => name)).toEqual(["A", "B"]);
  });
});
