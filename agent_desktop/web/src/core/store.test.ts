import { describe, expect, it } from "vitest";
import { Store } from "./store.ts";
import { seeded } from "./testing/paired.ts";

describe("the store", () => {
  it("applies a delta that starts where it stands", () => {
    const store = new Store();
    store.replace({ topic: "queues", seq: 3, values: { a: 1, b: 2 } });
    expect(
      store.apply({ topic: "queues", after: 3, seq: 4, put: { b: 5, c: 6 }, drop: ["a"] }),
    ).toBe("applied");
    expect(store.get().queues).toEqual({ seq: 4, values: { b: 5, c: 6 } });
  });

  it("ignores news it has already", () => {
    const store = new Store();
    store.replace({ topic: "queues", seq: 9, values: { a: 1 } });
    expect(store.apply({ topic: "queues", after: 7, seq: 8, put: { a: 0 }, drop: [] })).toBe("old");
    expect(store.get().queues?.values).toEqual({ a: 1 });
  });

  it("forgets a topic when a delta shows a gap", () => {
    const store = new Store();
    store.replace({ topic: "queues", seq: 3, values: { a: 1 } });
    expect(store.apply({ topic: "queues", after: 5, seq: 6, put: {}, drop: [] })).toBe("gap");
    expect(store.get().queues).toBeUndefined();
  });

  it("treats a delta for a topic it does not have as a gap", () => {
    expect(new Store().apply({ topic: "x", after: 0, seq: 1, put: {}, drop: [] })).toBe("gap");
  });

  it("never changes a value in place", () => {
    const store = new Store();
    store.replace({ topic: "queues", seq: 1, values: { a: 1 } });
    const before = store.get();
    store.apply({ topic: "queues", after: 1, seq: 2, put: { a: 2 }, drop: [] });
    expect(before.queues?.values).toEqual({ a: 1 });
  });

  // The law of the protocol, on a thousand random histories.
  it("ends equal to a fresh snapshot, from wherever in the history it began", () => {
    for (let seed = 0; seed < 1_000; seed++) {
      const random = seeded(seed);
      const pick = (n: number) => Math.floor(random() * n);
      const server: Record<string, number> = {};
      const history: { after: number; seq: number; put: Record<string, number>; drop: string[] }[] =
        [];
      const joins = pick(12);
      const client = new Store();
      let seq = 0;
      for (let step = 0; step < 24; step++) {
        if (step === joins) client.replace({ topic: "t", seq, values: { ...server } });
        const put: Record<string, number> = {};
        const drop: string[] = [];
        for (let change = pick(4); change >= 0; change--) {
          const key = `k${pick(6)}`;
          if (random() < 0.3 && !(key in put)) {
            drop.push(key);
            delete server[key];
          } else if (!drop.includes(key)) {
            put[key] = pick(100);
            server[key] = put[key] ?? 0;
          }
        }
        history.push({ after: seq, seq: seq + 1 + pick(3), put, drop });
        seq = history.at(-1)?.seq ?? seq;
        const delta = history.at(-1);
        if (step >= joins && delta !== undefined) client.apply({ topic: "t", ...delta });
        // What was sent before is sometimes sent again.
        const again = history[pick(history.length)];
        if (step > joins && again !== undefined && again.seq <= seq && random() < 0.3) {
          expect(client.apply({ topic: "t", ...again })).toBe("old");
        }
      }
      expect(client.get().t, `seed ${seed}`).toEqual({ seq, values: server });
    }
  });
});
