import { describe, expect, it } from "vitest";
import { PHONE_OFF, type PhoneEvent, type PhoneState, phoneAfter } from "./phone.ts";
import { seeded } from "./testing/paired.ts";

const through = (...events: PhoneEvent[]): PhoneState => events.reduce(phoneAfter, PHONE_OFF);

describe("the phone's states", () => {
  it("lead from ringing over answering to a call and back", () => {
    const rung = through({ type: "line", line: "ready" }, { type: "rung", rejoin: false });
    expect(rung).toMatchObject({ line: "ready", leg: "ringing" });
    const up = [{ type: "answering" }, { type: "up", at: 5 }] as const;
    expect(up.reduce<PhoneState>(phoneAfter, rung)).toMatchObject({ leg: "up", upSince: 5 });
    const over = phoneAfter(up.reduce<PhoneState>(phoneAfter, rung), { type: "over", trouble: "" });
    expect(over).toEqual({ ...PHONE_OFF, line: "ready" });
  });

  it("let her try again when the microphone was refused while answering", () => {
    const state = through(
      { type: "rung", rejoin: false },
      { type: "answering" },
      { type: "trouble", trouble: "mic_denied" },
    );
    expect(state).toMatchObject({ leg: "ringing", trouble: "mic_denied" });
  });

  it("remember that a leg takes the place of one a reload cut off", () => {
    expect(through({ type: "rung", rejoin: true }).rejoined).toBe(true);
  });

  it("keep the mute only while a call is up", () => {
    expect(through({ type: "muted", muted: true }).muted).toBe(false);
    const up = through({ type: "dialling" }, { type: "up", at: 1 }, { type: "muted", muted: true });
    expect(up.muted).toBe(true);
    expect(phoneAfter(up, { type: "over", trouble: "" }).muted).toBe(false);
  });

  it("say why a call did not come about", () => {
    expect(through({ type: "dialling" }, { type: "over", trouble: "busy" })).toMatchObject({
      leg: "none",
      trouble: "busy",
    });
  });

  it("never show a muted or measured phone without a call, whatever happens", () => {
    const events: PhoneEvent[] = [
      { type: "rung", rejoin: false },
      { type: "rung", rejoin: true },
      { type: "answering" },
      { type: "dialling" },
      { type: "up", at: 1 },
      { type: "over", trouble: "" },
      { type: "muted", muted: true },
      { type: "quality", quality: "good" },
      { type: "trouble", trouble: "mic_failed" },
      { type: "line", line: "lost" },
    ];
    const random = seeded(42);
    let state = PHONE_OFF;
    for (let step = 0; step < 5_000; step++) {
      const event = events[Math.floor(random() * events.length)];
      if (event !== undefined) state = phoneAfter(state, event);
      if (state.leg !== "up") {
        expect(state).toMatchObject({ muted: false, quality: "unknown", upSince: null });
      }
    }
  });
});
