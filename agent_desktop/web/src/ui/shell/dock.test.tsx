import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallView } from "../../core/protocol.gen.ts";
import { SilentAudio } from "../testing/silent_audio.ts";
import { ME, OFFER, POP, stage } from "../testing/stage.tsx";
import { CallDock } from "./CallDock.tsx";
import { CallWatch } from "./CallWatch.tsx";

beforeEach(() => void vi.stubGlobal("AudioContext", SilentAudio));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const CALL: CallView = {
  call: "c1",
  queue: "support",
  queue_name: "Support",
  ani: "+12025550101",
  dnis: "5001",
  state: "talking",
  connected_at: "2026-11-22T09:00:00Z",
  state_since: "2026-11-22T09:00:00Z",
  language: "en",
  note: "",
  interaction_id: "i1",
};

const page = (
  <>
    <CallWatch />
    <CallDock />
  </>
);
const asked = (sent: readonly Record<string, unknown>[]) =>
  sent.map(({ type, do: wish }) => wish ?? type).filter((type) => type !== "phone_is");
const button = (name: string) => screen.getByRole<HTMLButtonElement>("button", { name });

describe("the call dock", () => {
  it("is there while a call is in hand and not otherwise", async () => {
    const { own, phone, wire, heard } = await stage(page);
    await own({ me: ME });
    expect(screen.queryByRole("region", { name: "Call in hand" })).toBeNull();
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: POP });
    expect(screen.getByRole("region", { name: "Call in hand" }).textContent).toContain(
      "Nancy Miller",
    );
    act(() => phone.tell({ type: "rung", rejoin: false }));
    fireEvent.click(button("Answer"));
    expect(phone.done).toEqual(["answer"]);
    await own({ me: { ...ME, state: "talking" }, call: CALL, pop: POP });
    act(() => phone.tell({ type: "up", at: 1 }));
    fireEvent.click(button("Hang up")); // deaf
    heard();
    fireEvent.click(button("Hold"));
    fireEvent.click(button("Hang up"));
    expect(asked(wire.sent).slice(-2)).toEqual(["hold", "hang_up"]);
  });

  it("shows the time left for the after-call work, and gives more", async () => {
    const { own, wire } = await stage(page);
    await own({
      me: { ...ME, state: "wrap_up" },
      wrap_up: {
        call: "c1",
        queue: "support",
        ani: "+12025550101",
        started_at: "2026-11-22T09:00:00Z",
        due: "2026-11-22T09:00:00Z",
        latest: "2026-11-22T09:10:00Z",
        note: "",
        interaction_id: "i1",
        party_id: null,
      },
    });
    expect(screen.getByRole("timer").textContent).toBe("0:00");
    fireEvent.keyDown(window, { code: "KeyT", altKey: true });
    expect(asked(wire.sent).at(-1)).toBe("extend_wrap_up");
  });

  it("asks the page that has the phone, and can take it over", async () => {
    const { own, wire, phone } = await stage(page, { here: false });
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: POP });
    expect(button("Answer").disabled).toBe(true);
    const at = { type: "phone_at", here: false, line: "ready", muted: false, trouble: "" } as const;
    act(() => wire.say({ ...at, leg: "ringing" }));
    fireEvent.click(button("Answer"));
    expect(asked(wire.sent).at(-1)).toBe("answer");
    await own({ me: { ...ME, state: "talking" }, call: CALL, pop: POP });
    act(() => wire.say({ ...at, leg: "up" }));
    fireEvent.click(button("Mute"));
    expect(asked(wire.sent).at(-1)).toBe("mute");
    act(() => wire.say({ ...at, leg: "up", muted: true }));
    expect(button("Unmute").getAttribute("aria-pressed")).toBe("true");
    const devices = { getUserMedia: vi.fn() };
    vi.stubGlobal("navigator", { ...navigator, userAgent: "", mediaDevices: devices });
    devices.getUserMedia.mockRejectedValueOnce(new DOMException("no", "NotAllowedError"));
    fireEvent.click(button("Use it here"));
    await screen.findByText(/The browser may not use the microphone/);
    expect(asked(wire.sent)).not.toContain("take_phone");
    devices.getUserMedia.mockResolvedValueOnce({ getTracks: () => [] });
    fireEvent.click(button("Use it here"));
    await waitFor(() => expect(asked(wire.sent).at(-1)).toBe("take_phone"));
    expect(phone.done).toEqual([]);
  });
});
