import { describe, expect, it } from "vitest";
import { DEAF_FOR, Deafness } from "./deafness.ts";
import type { AgentTopic } from "./protocol.gen.ts";
import { FakeClock } from "./testing/paired.ts";

const offer = (offer: string) => ({ offer: { offer } }) as AgentTopic;
const call = (call: string, state = "talking") => ({ call: { call, state } }) as AgentTopic;

function ears() {
  const clock = new FakeClock();
  const it = new Deafness(clock);
  return { clock, it, isDeaf: () => it.deaf.get() };
}

describe("what ends a call", () => {
  it("is deaf for a moment after a call rang, and again after it was answered", () => {
    const { clock, it: one, isDeaf } = ears();
    one.see(offer("c1~1"));
    expect(isDeaf()).toBe(true);
    clock.pass(DEAF_FOR);
    expect(isDeaf()).toBe(false);
    one.see(call("c1"));
    expect(isDeaf()).toBe(true);
    clock.pass(DEAF_FOR - 1);
    expect(isDeaf()).toBe(true);
    clock.pass(1);
    expect(isDeaf()).toBe(false);
  });

  it("hears at once after a hold, which does not change what there is to end", () => {
    const { clock, it: one, isDeaf } = ears();
    one.see(call("c1"));
    clock.pass(DEAF_FOR);
    one.see(call("c1", "held"));
    one.see(call("c1"));
    expect(isDeaf()).toBe(false);
  });

  it("is deaf for the next call that rings in the place of another", () => {
    const { clock, it: one, isDeaf } = ears();
    one.see(offer("c1~1"));
    clock.pass(DEAF_FOR);
    one.see(offer("c2~1"));
    expect(isDeaf()).toBe(true);
    one.see({});
    expect(isDeaf()).toBe(false);
  });
});
