import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CallView, QueueFigures, WrapUpView } from "../../core/protocol.gen.ts";
import { CallWatch } from "../shell/CallWatch.tsx";
import { SilentAudio } from "../testing/silent_audio.ts";
import { ME, OFFER, POP, stage } from "../testing/stage.tsx";
import { Workspace } from "./Workspace.tsx";

const CALL: CallView = {
  call: "c1",
  queue: "support",
  queue_name: "Support",
  ani: "+12025550101",
  dnis: "5001",
  state: "talking",
  connected_at: "2026-11-22T09:00:05Z",
  state_since: "2026-11-22T09:00:05Z",
  language: "en",
  note: "",
  interaction_id: "i1",
};

const WRAP_UP: WrapUpView = {
  call: "c1",
  queue: "support",
  ani: "+12025550101",
  started_at: "2026-11-22T09:05:00Z",
  due: "2099-11-22T09:06:00Z",
  latest: "2099-11-22T09:16:00Z",
  note: "",
  interaction_id: "i1",
  party_id: "p1",
};

const page = (
  <>
    <Workspace />
    <CallWatch />
  </>
);
const QUEUE: QueueFigures = {
  id: "support",
  name: "Support",
  waiting: 1,
  oldest_since: null,
  agents_ready: 1,
  agents_busy: 0,
  agents_signed_in: 1,
  offered: 1,
  answered: 0,
  abandoned: 0,
  short_abandoned: 0,
  service_level: null,
  answer_within_s: 20,
  asa_s: null,
  aht_s: null,
  ewt_s: null,
  open: true,
};
const alt = (code: string) => fireEvent.keyDown(window, { code, key: code, altKey: true });
const commands = (wire: { sent: Record<string, unknown>[] }) => wire.sent.map(({ type }) => type);

beforeEach(() => {
  sessionStorage.clear();
  vi.stubGlobal("AudioContext", SilentAudio);
});
afterEach(cleanup);

describe("the agent's page", () => {
  it("names the queues in the language of the page", async () => {
    const { own, wire } = await stage(page, { language: "zh" });
    await act(async () => {
      wire.say({ type: "snapshot", topic: "queues", seq: 1, values: { support: QUEUE } });
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    expect(screen.getByText("技术支持")).toBeTruthy();
    await own({ me: ME, offer: OFFER, pop: POP });
    expect(screen.getAllByText("技术支持")).toHaveLength(2);
    expect(screen.queryByText("Support")).toBeNull();
  });

  it("shows who is calling and why while the phone rings", async () => {
    const { own, phone } = await stage(page);
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: POP });
    act(() => phone.tell({ type: "rung", rejoin: false }));
    expect(screen.getAllByText("Nancy Miller").length).toBeGreaterThan(0);
    expect(screen.getByText("Order 10000016 is late")).toBeTruthy();
    expect(screen.getByText("Coffee grinder was expected 20 Nov 2026")).toBeTruthy();
    expect(screen.getByText("VIP")).toBeTruthy();
    expect(screen.getByText("Proved by PIN")).toBeTruthy();
    expect(document.title).toContain("Nancy Miller");
  });

  it("keeps every button in its place when a call arrives", async () => {
    const { own } = await stage(page);
    await own({ me: ME });
    const buttons = () =>
      within(screen.getByRole("region", { name: "Phone" }))
        .getAllByRole("button")
        .map((button) => button.textContent);
    const before = buttons();
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: POP });
    expect(buttons()).toEqual(before);
  });

  it("keeps a tool's looks while its keypad is open", async () => {
    const { own, phone } = await stage(page);
    await own({ me: { ...ME, state: "talking" }, call: CALL, pop: POP });
    act(() => {
      phone.tell({ type: "rung", rejoin: true });
      phone.tell({ type: "up", at: 1 });
    });
    const looks = () => screen.getByRole("button", { name: "Keypad" }).className.split(" ");
    const before = looks();
    alt("KeyP");
    await screen.findByRole("button", { name: "5" });
    expect(looks()).toEqual(expect.arrayContaining(before));
  });

  it("answers and declines by keyboard, but answers only when its phone rings", async () => {
    const { own, phone, wire, heard } = await stage(page);
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: POP });
    heard();
    alt("KeyA");
    expect(phone.done).toEqual([]);
    act(() => phone.tell({ type: "rung", rejoin: false }));
    alt("KeyA");
    expect(phone.done).toEqual(["answer"]);
    alt("KeyX");
    expect(wire.sent.at(-1)).toMatchObject({ type: "refuse_offer", offer: "c1~1" });
  });

  it("holds, mutes and hangs up by keyboard", async () => {
    const { own, phone, wire, heard } = await stage(page);
    await own({ me: { ...ME, state: "talking" }, call: CALL, pop: POP });
    act(() => {
      phone.tell({ type: "rung", rejoin: true });
      phone.tell({ type: "up", at: 1 });
    });
    heard();
    alt("KeyM");
    expect(phone.state.get().muted).toBe(true);
    alt("KeyH");
    alt("KeyE");
    expect(commands(wire)).toEqual(expect.arrayContaining(["hold", "hang_up"]));
  });

  it("hears no hang up or decline in the moment after the call came under the pointer", async () => {
    const { own, phone, wire, heard } = await stage(page);
    const ends = () => commands(wire).filter((type) => /hang_up|refuse_offer/.test(String(type)));
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: POP });
    act(() => phone.tell({ type: "rung", rejoin: false }));
    const answer = screen.getByRole("button", { name: "Answer" });
    fireEvent.click(screen.getByRole("button", { name: "Decline" }));
    alt("KeyX");
    await own({ me: { ...ME, state: "talking" }, call: CALL, pop: POP });
    act(() => phone.tell({ type: "up", at: 1 }));
    const hangUp = screen.getByRole("button", { name: "Hang up" });
    expect(hangUp).not.toBe(answer);
    expect(hangUp.getAttribute("aria-disabled")).toBe("true");
    fireEvent.click(hangUp);
    alt("KeyE");
    fireEvent.click(answer);
    expect(ends()).toEqual([]);
    heard();
    fireEvent.click(hangUp);
    expect(ends()).toEqual(["hang_up"]);
  });

  it("asks for nothing that needs the server while the line is in doubt", async () => {
    const { own, phone, wire, heard, desktop } = await stage(page);
    await own({ me: { ...ME, state: "talking" }, call: CALL, pop: POP });
    act(() => {
      phone.tell({ type: "rung", rejoin: true });
      phone.tell({ type: "up", at: 1 });
    });
    heard();
    act(() => desktop.socket.doubt());
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Hold" }).disabled).toBe(true);
    const before = wire.sent.length;
    alt("KeyH");
    expect(wire.sent.length).toBe(before);
    alt("KeyM");
    expect(phone.state.get().muted).toBe(true);
  });

  it("asks for its sound when the page was reloaded during a call", async () => {
    const { own, wire } = await stage(page);
    await own({
      me: { ...ME, state: "talking" },
      call: { ...CALL, call: "c4", note: "half a no" },
    });
    expect(screen.getByText("Reconnecting your sound…")).toBeTruthy();
    expect(screen.getByLabelText<HTMLTextAreaElement>("What was said, what was agreed").value).toBe(
      "half a no",
    );
    await waitFor(() => expect(commands(wire)).toContain("rejoin"), { timeout: 3_000 });
  });

  it("saves the note while she types", async () => {
    const { own, asked } = await stage(page);
    await own({ me: { ...ME, state: "talking" }, call: { ...CALL, call: "c2" } });
    fireEvent.change(screen.getByLabelText("What was said, what was agreed"), {
      target: { value: "wants a refund" },
    });
    await waitFor(
      () =>
        expect(asked).toContainEqual({
          method: "PUT",
          path: "/api/calls/c2/draft",
          body: {
            note: "wants a refund",
            disposition: "",
            follow_up: "",
            proposed: false,
            subject: "",
            due_at: null,
            case_id: null,
          },
        }),
      { timeout: 3_000 },
    );
  });

  it("still offers the call's cases when the pop is over, and none of another call", async () => {
    const { own } = await stage(page);
    const line = {
      id: "k1",
      number: "C7",
      subject: "Broken lid",
      state: "open",
      priority: "normal",
      kind: "request",
      opened_at: "2026-11-20T12:00:00Z",
      due_at: null,
    };
    const choices = () =>
      [...screen.getByLabelText<HTMLSelectElement>("About case").options].map(({ text }) => text);
    await own({
      me: ME,
      call: { ...CALL, call: "c5" },
      pop: { ...POP, call: "c5", cases: [line] },
    });
    expect(choices()).toEqual(["No case", "Broken lid · C7"]);
    await own({ me: ME, wrap_up: { ...WRAP_UP, call: "c5" } });
    expect(choices()).toEqual(["No case", "Broken lid · C7"]);
    await own({ me: ME, offer: { ...OFFER, call: "c6" }, pop: { ...POP, call: "c6" } });
    expect(choices()).toEqual(["No case"]);
    expect(screen.queryByText("Broken lid")).toBeNull();
  });

  it("finishes the after-call work with note, outcome and call back", async () => {
    const { own, asked } = await stage(page);
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: { ...WRAP_UP, call: "c3", note: "so" } });
    const finish = () => fireEvent.keyDown(window, { code: "Enter", key: "Enter", ctrlKey: true });
    finish();
    expect(screen.getByText("Choose an outcome to finish")).toBeTruthy();
    fireEvent.click(await screen.findByLabelText("Call back promised"));
    expect(screen.getByText("Choose when to call back")).toBeTruthy();
    fireEvent.click(screen.getByLabelText("Call back"));
    finish();
    await waitFor(() =>
      expect(asked).toContainEqual({
        method: "POST",
        path: "/api/calls/c3/wrap-up",
        body: {
          disposition: "callback_promised",
          note: "so",
          follow_up: "",
          subject: "",
          due_at: null,
          case_id: null,
        },
      }),
    );
  });

  it("lets her choose when several may be calling, and says who else it could be", async () => {
    const { own, asked } = await stage(page);
    const match = {
      party_id: "p2",
      name: "John Carter",
      tier: "standard",
      city: "Boston",
      number: "10000040",
      shared: true,
      open_cases: 2,
      last_contact: null,
      why: "match.number",
    };
    await own({
      me: { ...ME, state: "reserved" },
      offer: OFFER,
      pop: { ...POP, state: "many", party: null, candidates: [match], reasons: [], alerts: [] },
    });
    expect(screen.getByText("2 open cases")).toBeTruthy();
    expect(screen.getByText("None of these")).toBeTruthy();
    fireEvent.click(screen.getByText("This one"));
    await waitFor(() =>
      expect(asked).toContainEqual({
        method: "POST",
        path: "/api/calls/c1/party",
        body: { party_id: "p2" },
      }),
    );
  });

  it("says that who has another writing of the number is likely, and keeps it when confirmed", async () => {
    const { own, asked } = await stage(page);
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: { ...POP, state: "likely" } });
    expect(screen.getByText("Likely: known under another writing of this number")).toBeTruthy();
    fireEvent.click(screen.getByText("This one"));
    await waitFor(() =>
      expect(asked).toContainEqual({
        method: "POST",
        path: "/api/calls/c1/party",
        body: { party_id: "p1", keep_number: true },
      }),
    );
  });

  it("says that the likeliest of several is not certain, and lets her say it is", async () => {
    const { own, asked } = await stage(page);
    const rest = { tier: "", city: "", shared: true, open_cases: 0, last_contact: null, why: "" };
    const candidates = [
      { ...rest, party_id: "p1", name: "Nancy Miller", number: "10000016" },
      { ...rest, party_id: "p2", name: "John Miller", number: "10000040" },
    ];
    await own({
      me: { ...ME, state: "reserved" },
      offer: OFFER,
      pop: { ...POP, state: "many", candidates },
    });
    expect(screen.getByText("The likeliest: 1 other uses this number")).toBeTruthy();
    fireEvent.click(screen.getByText("This one"));
    await waitFor(() =>
      expect(asked).toContainEqual({
        method: "POST",
        path: "/api/calls/c1/party",
        body: { party_id: "p1" },
      }),
    );
    await own({ pop: { ...POP, state: "one", candidates } });
    expect(screen.queryByText("This one")).toBeNull();
  });

  it("lets her take another of the several when she chose the wrong one", async () => {
    const { own, asked } = await stage(page);
    const match = { tier: "", city: "", shared: true, open_cases: 0, last_contact: null, why: "" };
    const candidates = [
      { ...match, party_id: "p1", name: "Nancy Miller", number: "10000016" },
      { ...match, party_id: "p2", name: "John Miller", number: "10000040" },
    ];
    await own({
      me: { ...ME, state: "talking" },
      call: CALL,
      pop: { ...POP, candidates, reasons: [], alerts: [] },
    });
    expect(screen.queryByText("This one")).toBeNull();
    fireEvent.click(screen.getByText("Somebody else?"));
    expect(screen.getByText("John Miller")).toBeTruthy();
    fireEvent.click(screen.getByText("This one"));
    await waitFor(() =>
      expect(asked).toContainEqual({
        method: "POST",
        path: "/api/calls/c1/party",
        body: { party_id: "p2" },
      }),
    );
  });

  it("says of the way through the menu what the page does not show anyway", async () => {
    const { own } = await stage(page);
    const ivr_path = ["ivr.language.en", "ivr.menu.billing", "ivr.queue.billing"];
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: { ...POP, ivr_path } });
    expect(screen.getByTitle("Steps in the menu").textContent).toBe("Billing");
  });

  it("offers a new customer when nobody matches", async () => {
    const { own, asked } = await stage(page);
    await own({
      me: { ...ME, state: "reserved" },
      offer: OFFER,
      pop: { ...POP, state: "none", party: null, reasons: [], alerts: [] },
    });
    fireEvent.change(screen.getByLabelText("Name"), { target: { value: "Lena Fox" } });
    fireEvent.click(screen.getByRole("button", { name: "Create and attach this call" }));
    await waitFor(() =>
      expect(asked.find(({ path }) => path === "/api/calls/c1/party")?.body).toMatchObject({
        new: { name: "Lena Fox", phone: "+12025550101", kind: "person", language: "en" },
      }),
    );
  });

  it("keeps the number with a known customer only when told to", async () => {
    const nancy = { id: "p3", kind: "person", name: "Nancy Mill", number: "10000057" };
    const rest = { tier: "standard", city: "", phone: "", email: "", why: "" };
    const { own, asked } = await stage(page, {
      answers: { "GET /api/parties": { items: [{ ...nancy, ...rest }], next: "" } },
    });
    await own({
      me: { ...ME, state: "reserved" },
      offer: OFFER,
      pop: { ...POP, state: "none", party: null, reasons: [], alerts: [] },
    });
    const chosen = () =>
      asked.filter(({ path }) => path === "/api/calls/c1/party").map(({ body }) => body);
    fireEvent.click(screen.getByText("Known customer"));
    const search = screen.getByLabelText("Name, customer number, phone or e-mail");
    fireEvent.change(search, { target: { value: "nancy" } });
    const attach = await screen.findByRole("button", { name: "Attach" });
    fireEvent.click(attach);
    await waitFor(() => expect(chosen()).toEqual([{ party_id: "p3" }]));
    fireEvent.click(screen.getByRole("checkbox", { name: /^Keep the number/ }));
    await waitFor(() => expect(attach.closest("button")?.disabled).toBe(false));
    fireEvent.click(attach);
    await waitFor(() => expect(chosen().at(-1)).toEqual({ party_id: "p3", keep_number: true }));
  });

  it("speaks Persian with its own digits", async () => {
    const { own } = await stage(page, { language: "fa" });
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: POP });
    expect(screen.getByText("سفارش ۱۰۰۰۰۰۱۶ دیر شده")).toBeTruthy();
    expect(screen.getAllByText("+۱ ۲۰۲ ۵۵۵ ۰۱۰۱").length).toBeGreaterThan(0);
  });
});
