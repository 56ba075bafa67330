import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { WrapUpView } from "../../core/protocol.gen.ts";
import { WorkWatch } from "../shell/WorkWatch.tsx";
import { SilentAudio } from "../testing/silent_audio.ts";
import { ME, OFFER, POP, refusal, stage } from "../testing/stage.tsx";
import ContactDialog from "./ContactDialog.tsx";
import { contactShown } from "./contact_shown.ts";
import { EMPTY, missingIn, withFollowUp, withOutcome } from "./drafts.ts";
import { Workspace } from "./Workspace.tsx";

/** The server's time when the page comes up, which is not this machine's. */
const NINE = Date.parse("2026-11-22T09:00:00Z");
const soon = (seconds: number) => new Date(NINE + seconds * 1_000).toISOString();
let calls = 0;
/** After-call work of a call that no other test has touched. */
const wrapUp = (): WrapUpView => {
  calls += 1;
  return {
    call: `w${calls}`,
    queue: "support",
    ani: "+12025550101",
    started_at: soon(-30),
    due: soon(300),
    latest: soon(600),
    note: "",
    interaction_id: `i${calls}`,
    party_id: "p1",
  };
};
const page = (
  <>
    <Workspace />
    <WorkWatch />
    <ContactDialog />
  </>
);
const finish = (target: Element | Window = window) =>
  fireEvent.keyDown(target, { code: "Enter", key: "Enter", ctrlKey: true });
const TASK = {
  id: "t1",
  version: 3,
  kind: "callback",
  subject: "",
  state: "open",
  due_at: soon(-60),
  assignee: "Ana",
  mine: true,
  queue: "support",
  party_id: "p1",
  party_name: "Nancy Miller",
  number: "+12025550101",
  contact_id: "i1",
};
const CONTACT = {
  id: "i9",
  call: "x9",
  at: "2026-11-22T09:00:00Z",
  agent: "Ana",
  queue: "support",
  number: "+12025550101",
  party_id: "p1",
  party_name: "Nancy Miller",
  disposition: "resolved",
  note: "all well",
  case_id: null,
  draft: null,
  tasks: [],
  version: 4,
};
const paged = (...items: unknown[]) => ({ items, next: "", total: items.length, due: 0 });
const sounds: number[] = [];

class CountedAudio extends SilentAudio {
  constructor() {
    super();
    sounds.push(1);
  }
}

beforeEach(() => {
  sessionStorage.clear();
  contactShown.set("");
  sounds.length = 0;
  vi.stubGlobal("AudioContext", CountedAudio);
});
afterEach(cleanup);

describe("a follow-up that the form ticks", () => {
  it("goes with the outcome that proposed it, and one that the agent ticked stays", () => {
    const proposed = withOutcome(EMPTY, "follow_up", "case");
    expect(proposed).toMatchObject({ followUp: "case", proposed: true });
    expect(withOutcome(proposed, "resolved", "")).toMatchObject({ followUp: "", proposed: false });
    expect(withOutcome(proposed, "callback_promised", "callback").followUp).toBe("callback");
    const own = withFollowUp(EMPTY, "case");
    expect(withOutcome(own, "resolved", "").followUp).toBe("case");
    expect(withOutcome(own, "callback_promised", "callback").followUp).toBe("case");
    const unticked = withFollowUp(proposed, "");
    expect(withOutcome(unticked, "resolved", "")).toMatchObject({ followUp: "", proposed: false });
  });

  it("does not keep Resolved from being finished", async () => {
    const { own, asked } = await stage(page);
    const work = wrapUp();
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: work });
    fireEvent.click(await screen.findByLabelText("Follow-up needed"));
    expect(screen.getByLabelText<HTMLInputElement>("Follow-up case").checked).toBe(true);
    expect(screen.getByText("The case needs a subject")).toBeTruthy();
    fireEvent.click(screen.getByLabelText("Resolved"));
    expect(screen.getByLabelText<HTMLInputElement>("Follow-up case").checked).toBe(false);
    finish();
    await waitFor(() =>
      expect(asked.find(({ path }) => path.endsWith("/wrap-up"))?.body).toMatchObject({
        disposition: "resolved",
        follow_up: "",
      }),
    );
  });

  it("asks for what its follow-up needs and for nothing else", () => {
    const promised = withOutcome(EMPTY, "callback_promised", "callback");
    expect(missingIn(EMPTY)).toBe("work.choose_outcome");
    expect(missingIn(promised)).toBe("work.due_missing");
    expect(missingIn(withOutcome(promised, "resolved", ""))).toBe("");
  });
});

describe("Ctrl+Enter", () => {
  it("finishes though the date's select has the focus, and does not open it", async () => {
    const { own, asked } = await stage(page);
    const work = wrapUp();
    const draft = {
      call: work.call,
      note: "n",
      disposition: "callback_promised",
      follow_up: "callback",
      proposed: true,
      subject: "",
      due_at: "2099-03-02T10:00:00Z",
      case_id: null,
    };
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: work, draft });
    const day = await screen.findByLabelText("Choose a day");
    day.focus();
    finish(day);
    await waitFor(() =>
      expect(asked.find(({ path }) => path.endsWith("/wrap-up"))?.body).toMatchObject({
        follow_up: "callback",
        due_at: "2099-03-02T10:00:00Z",
      }),
    );
    expect(day.getAttribute("aria-expanded")).not.toBe("true");
  });
});

describe("the draft of a call", () => {
  it("is sent whole while it is written, and taken from another window", async () => {
    const { own, asked } = await stage(page);
    const work = wrapUp();
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: work });
    fireEvent.click(
      await screen
        .findByLabelText("Callback promised", { exact: false })
        .catch(() => screen.getByLabelText("Call back promised")),
    );
    await waitFor(
      () =>
        expect(asked).toContainEqual({
          method: "PUT",
          path: `/api/calls/${work.call}/draft`,
          body: {
            note: "",
            disposition: "callback_promised",
            follow_up: "callback",
            proposed: true,
            subject: "",
            due_at: null,
            case_id: null,
          },
        }),
      { timeout: 3_000 },
    );
    await waitFor(() => expect(screen.getByText("Saved")).toBeTruthy());
    const draft = {
      call: work.call,
      note: "from the other window",
      disposition: "resolved",
      follow_up: "",
      proposed: false,
      subject: "",
      due_at: null,
      case_id: null,
    };
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: work, draft });
    expect(screen.getByLabelText<HTMLTextAreaElement>("What was said, what was agreed").value).toBe(
      "from the other window",
    );
  });

  it("is read from the server by a page that has just come", async () => {
    const work = wrapUp();
    const kept = {
      note: "kept",
      disposition: "resolved",
      follow_up: "",
      proposed: false,
      subject: "",
      due_at: null,
      case_id: null,
    };
    const { own } = await stage(page, {
      answers: { [`GET /api/calls/${work.call}/draft`]: { draft: kept } },
    });
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: work });
    expect(await screen.findByDisplayValue("kept")).toBeTruthy();
  });

  it("is kept in the tab while the server is away, and sent when it is back", async () => {
    const work = wrapUp();
    let up = false;
    const { own, asked } = await stage(page, {
      answers: {
        [`PUT /api/calls/${work.call}/draft`]: () =>
          up ? { ok: true } : refusal(503, "storage_unavailable"),
      },
    });
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: work });
    const note = screen.getByLabelText("What was said, what was agreed");
    fireEvent.change(note, { target: { value: "important" } });
    expect(
      await screen.findByText("Not saved yet; trying again…", {}, { timeout: 3_000 }),
    ).toBeTruthy();
    expect(sessionStorage.getItem(`parley.draft.${work.call}`)).toContain("important");
    up = true;
    const sent = () => asked.filter(({ method }) => method === "PUT").length;
    await waitFor(() => expect(sent()).toBeGreaterThan(1), { timeout: 5_000 });
    await waitFor(() => expect(sessionStorage.getItem(`parley.draft.${work.call}`)).toBeNull());
  });
});

describe("the end of the after-call work", () => {
  it("is told before it comes, seen, heard and read out, with a way to more time", async () => {
    const { own, wire } = await stage(page);
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: { ...wrapUp(), due: soon(15) } });
    const warning = await screen.findByText(/After-call work ends/);
    expect(warning.closest("[role=alert]")).not.toBeNull();
    expect(warning.textContent).toContain("After-call work ends within 20 seconds.");
    expect(sounds).toHaveLength(1);
    fireEvent.click(within(warning).getByRole("button"));
    expect(wire.sent.at(-1)).toMatchObject({ type: "extend_wrap_up" });
  });

  it("says that what is written is kept when no more time can be added", async () => {
    const { own } = await stage(page);
    const due = soon(15);
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: { ...wrapUp(), due, latest: due } });
    const warning = await screen.findByText(/After-call work ends/);
    expect(warning.textContent).toContain("What you wrote is kept.");
    const more = screen.getByRole("button", { name: "1 min" });
    expect((more as HTMLButtonElement).disabled).toBe(true);
  });

  it("leaves the call under To do and says so", async () => {
    const work = wrapUp();
    const items = [
      {
        id: "i9",
        call: work.call,
        at: soon(-60),
        queue: "support",
        number: "+12025550101",
        party_id: "p1",
        party_name: "Nancy Miller",
        note: "half a note",
      },
    ];
    let over = false;
    const { own } = await stage(page, {
      answers: {
        "GET /api/work/unfinished": () => (over ? paged(...items) : paged()),
        "GET /api/contacts/i9": { ...CONTACT, call: work.call, disposition: "", note: "" },
      },
    });
    await own({ me: { ...ME, state: "wrap_up" }, wrap_up: work });
    over = true;
    await own({ me: ME, work: { changed_at: soon(0) } });
    expect(await screen.findByText(/it waits under/, {}, { timeout: 4_000 })).toBeTruthy();
    expect(screen.getByText("half a note")).toBeTruthy();
  });
});

describe("what waits for the agent", () => {
  it("lists promises with customer and number, those due marked, and has them done and undone", async () => {
    const done: unknown[] = [];
    const { own } = await stage(page, {
      answers: {
        "GET /api/work/tasks": { ...paged(TASK), due: 1 },
        "PATCH /api/tasks/t1": ({ body }: { body: { state: string } }) => {
          done.push(body);
          return { ...TASK, version: 4, state: body.state };
        },
      },
    });
    await own({ me: ME });
    expect(await screen.findAllByText("Nancy Miller")).toBeTruthy();
    expect(screen.getAllByText("Due").length).toBeGreaterThan(0);
    const number = screen.getByRole("link", { name: "+1 202 555 0101" });
    expect(number.getAttribute("href")).toBe("tel:+12025550101");
    const mark = screen.getAllByRole("button", { name: "Done" })[0] as HTMLButtonElement;
    fireEvent.click(mark);
    const undo = await screen.findByRole("button", { name: "Undo" });
    fireEvent.click(undo);
    await waitFor(() =>
      expect(done).toEqual([
        { take: false, state: "done", version: 3 },
        { take: false, state: "open", version: 4 },
      ]),
    );
  });

  it("reminds of a promise when it is due, but not over a call that rings", async () => {
    const due = { ...TASK, due_at: soon(2) };
    const { own } = await stage(page, { answers: { "GET /api/work/tasks": paged(due) } });
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop: POP });
    await act(() => new Promise((resolve) => setTimeout(resolve, 3_500)));
    expect(screen.queryByText("Call back is due")).toBeNull();
    await own({ me: ME });
    expect(await screen.findByText("Call back is due", {}, { timeout: 3_000 })).toBeTruthy();
  });

  it("does not remind of a call-back that was due when the agent took it on", async () => {
    let taken = false;
    const { own } = await stage(page, {
      answers: {
        "GET /api/work/tasks": () =>
          taken ? { ...paged({ ...TASK, due_at: soon(0) }), due: 1 } : paged(),
      },
    });
    await own({ me: ME });
    expect(await screen.findByText("Nothing promised")).toBeTruthy();
    taken = true;
    await own({ me: ME, work: { changed_at: soon(0) } });
    expect(await screen.findByText("Due", {}, { timeout: 4_000 })).toBeTruthy();
    expect(screen.queryByText("Call back is due")).toBeNull();
  });

  it("opens the first list with something in it", async () => {
    const call = {
      id: "m1",
      at: soon(-600),
      queue: "support",
      number: "+12025550199",
      party_id: null,
      party_name: "",
      rang: false,
      waited_s: 95,
      answered_by: "",
    };
    const { own } = await stage(page, { answers: { "GET /api/work/missed": paged(call) } });
    await own({ me: ME });
    expect(await screen.findByText(/hung up after 2 mins/)).toBeTruthy();
    expect(screen.queryByText("Nothing promised")).toBeNull();
  });

  it("shows missed calls: who, when, what became of them, and lets one see to them", async () => {
    const call = {
      id: "m1",
      at: soon(-600),
      queue: "support",
      number: "+12025550199",
      party_id: null,
      party_name: "",
      rang: true,
      waited_s: 95,
      answered_by: "",
    };
    const answered = { ...call, id: "m2", number: "anonymous", answered_by: "Ben" };
    const { own, asked } = await stage(page, {
      answers: { "GET /api/work/missed": paged(call, answered) },
    });
    await own({ me: ME });
    fireEvent.click(await screen.findByTitle("Calls that nobody answered"));
    expect(await screen.findByText(/rang you · hung up after 2 mins · Support/)).toBeTruthy();
    expect(screen.getByText(/Ben answered/)).toBeTruthy();
    expect(screen.getByText("Number withheld")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Call back" }));
    await waitFor(() =>
      expect(asked).toContainEqual({
        method: "POST",
        path: "/api/contacts/m1/callback",
        body: { done: false },
      }),
    );
  });

  it("says of each empty list that it is empty", async () => {
    const { own } = await stage(page, { language: "fa" });
    await own({ me: ME });
    expect(await screen.findByText("قولی در کار نیست")).toBeTruthy();
  });
});

describe("a call that is over", () => {
  it("is corrected at the version that was read, and says when somebody else was quicker", async () => {
    const stale: unknown[] = [];
    let version = 4;
    const { own } = await stage(page, {
      answers: {
        "GET /api/contacts/i9": () => ({
          ...CONTACT,
          version,
          note: version > 4 ? "theirs" : "all well",
        }),
        "PUT /api/contacts/i9/outcome": ({ body }: { body: { version: number } }) => {
          stale.push(body.version);
          if (body.version === version) return { ...CONTACT, version: version + 1 };
          return refusal(409, "stale");
        },
      },
    });
    await own({ me: ME });
    act(() => contactShown.set("i9"));
    const dialog = within(await screen.findByRole("dialog"));
    const note = await dialog.findByDisplayValue("all well");
    fireEvent.change(note, { target: { value: "not yet well" } });
    version = 5;
    finish();
    expect(await dialog.findByText(/Somebody else changed this call meanwhile/)).toBeTruthy();
    expect(dialog.getByDisplayValue("not yet well")).toBeTruthy();
    fireEvent.click(dialog.getByRole("button", { name: "Keep mine" }));
    finish();
    await waitFor(() => expect(contactShown.get()).toBe(""));
    expect(stale).toEqual([4, 5]);
  });
});

describe("a state that a supervisor set", () => {
  it("names the supervisor", async () => {
    const { own } = await stage(page);
    await own({ me: { ...ME, state: "not_ready", reason: "forced", by: "Sam Lee" } });
    expect(await screen.findByText("Set by Sam Lee")).toBeTruthy();
  });
});

describe("a caller who keeps the number to himself", () => {
  it("is said to, and nothing is said of a number", async () => {
    const { own } = await stage(page);
    const offer = { ...OFFER, ani: "anonymous" };
    const pop = { ...POP, state: "none", party: null, ani: "anonymous", ani_kind: "anonymous" };
    await own({
      me: { ...ME, state: "reserved" },
      offer,
      pop: { ...pop, reasons: [], alerts: [] },
    });
    expect(screen.getByText(/The number is withheld. Ask who is calling/)).toBeTruthy();
    expect(screen.queryByText(/anonymous/)).toBeNull();
    expect(screen.queryByText(/by this number/)).toBeNull();
  });
});

describe("the last contacts", () => {
  it("say how long was talked in words, and whose they were when several share a number", async () => {
    const { own } = await stage(page);
    const contact = {
      id: "k1",
      channel: "phone",
      direction: "inbound",
      at: soon(-86_400),
      agent: "Ben",
      queue: "support",
      disposition: "resolved",
      summary: "",
      talked_s: 582,
      party_name: "John Miller",
    };
    await own({
      me: { ...ME, state: "reserved" },
      offer: OFFER,
      pop: { ...POP, contacts: [contact] },
    });
    expect(await screen.findByText("talked 10 mins")).toBeTruthy();
    expect(screen.getByText("John Miller")).toBeTruthy();
    expect(screen.queryByText("9:42")).toBeNull();
  });
});

describe("a wrong e-mail address of a new customer", () => {
  it("is told in the page's words at its place, and sent nowhere", async () => {
    const { own, asked } = await stage(page, { language: "zh" });
    const pop = { ...POP, state: "none", party: null, reasons: [], alerts: [] };
    await own({ me: { ...ME, state: "reserved" }, offer: OFFER, pop });
    const email = screen.getByLabelText<HTMLInputElement>("邮箱", { exact: false });
    expect(email.form?.noValidate).toBe(true);
    fireEvent.change(screen.getByLabelText("姓名"), { target: { value: "李雷" } });
    fireEvent.change(email, { target: { value: "lilei" } });
    fireEvent.submit(email.form as HTMLFormElement);
    expect(screen.getByRole("alert").textContent).toContain("name@example.org");
    expect(asked.some(({ path }) => path === "/api/calls/c1/party")).toBe(false);
    fireEvent.change(email, { target: { value: "lilei@example.org" } });
    fireEvent.submit(email.form as HTMLFormElement);
    await waitFor(() =>
      expect(asked.some(({ path }) => path === "/api/calls/c1/party")).toBe(true),
    );
  });
});

describe("a call of today", () => {
  it("can be opened to be corrected", async () => {
    const { own } = await stage(page, { answers: { "GET /api/contacts/i9": CONTACT } });
    const call = {
      call: "x9",
      interaction_id: "i9",
      party_id: null,
      party_name: "",
      queue: "support",
      queue_name: "Support",
      at: "2026-11-22T08:00:00Z",
      talked_s: 582,
      disposition: "resolved",
    };
    const today = { handled: 1, talk_s: 1, hold_s: 0, wrap_up_s: 0, missed: 0, occupancy: 1 };
    await own({ me: ME, today: { ...today, recent: [call] } });
    fireEvent.click(await screen.findByRole("button", { name: /^Correct the call/ }));
    expect(await screen.findByDisplayValue("all well")).toBeTruthy();
  });
});
