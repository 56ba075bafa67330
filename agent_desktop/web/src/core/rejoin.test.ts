import { describe, expect, it } from "vitest";
import { Rejoiner } from "./rejoin.ts";
import { FakeClock } from "./testing/paired.ts";

function rejoiner() {
  const asked: string[] = [];
  const clock = new FakeClock();
  return { asked, clock, it: new Rejoiner((call) => asked.push(call), clock) };
}

describe("getting the sound back", () => {
  it("asks once the call is there without sound, and again while it does not come", () => {
    const { asked, clock, it: one } = rejoiner();
    one.see({ able: true, call: "c1", silent: true });
    clock.pass(1_000);
    expect(asked).toEqual(["c1"]);
    clock.pass(5_000);
    expect(asked).toEqual(["c1", "c1"]);
    one.see({ able: true, call: "c1", silent: false });
    clock.pass(60_000);
    expect(asked).toHaveLength(2);
  });

  it("does not ask for a call that just ended", () => {
    const { asked, clock, it: one } = rejoiner();
    one.see({ able: true, call: "c1", silent: true }); // our leg went first
    clock.pass(300);
    one.see({ able: true, call: "", silent: true }); // then the call
    clock.pass(60_000);
    expect(asked).toEqual([]);
  });

  it("waits until the phone can be rung", () => {
    const { asked, clock, it: one } = rejoiner();
    one.see({ able: false, call: "c1", silent: true });
    clock.pass(60_000);
    expect(asked).toEqual([]);
    one.see({ able: true, call: "c1", silent: true });
    clock.pass(1_000);
    expect(asked).toEqual(["c1"]);
  });
});
