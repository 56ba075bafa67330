import { describe, expect, it } from "vitest";
import { Patience } from "./patience.ts";
import { FakeClock } from "./testing/paired.ts";

function stray() {
  const clock = new FakeClock();
  const seen = { ended: 0 };
  return { clock, seen, it: new Patience(6_000, () => seen.ended++, clock) };
}

describe("a leg that belongs to no call", () => {
  it("is ended after a while, once", () => {
    const { clock, seen, it: one } = stray();
    one.see(true);
    one.see(true);
    clock.pass(60_000);
    expect(seen.ended).toBe(1);
  });

  it("is left alone when the floor's word comes a little later than the phone's", () => {
    const { clock, seen, it: one } = stray();
    one.see(true); // it rings
    clock.pass(500);
    one.see(false); // the offer is there
    clock.pass(60_000);
    expect(seen.ended).toBe(0);
  });

  it("is ended again the next time", () => {
    const { clock, seen, it: one } = stray();
    one.see(true);
    clock.pass(7_000);
    one.see(false);
    one.see(true);
    clock.pass(7_000);
    expect(seen.ended).toBe(2);
  });
});
