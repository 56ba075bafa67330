import { act, cleanup, fireEvent, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Schemas } from "../../core/api.ts";
import { go } from "../router.tsx";
import { type Answering, refusal, stage } from "../testing/stage.tsx";
import Customers from "./Customers.tsx";
import { PartyPage } from "./PartyPage.tsx";

type Party = Schemas["PartyView"];

const row = (at: number): Schemas["PartyRowView"] => ({
  id: `p${at}`,
  kind: "person",
  name: `Page ${at} Turner`,
  number: `1000${at}`,
  tier: "standard",
  city: "",
  phone: "",
  email: "",
  why: "match.name",
});

const PARTY: Party = {
  id: "p1",
  kind: "person",
  name: "Nancy Miller",
  number: "10000016",
  tier: "gold",
  language: "",
  city: "Washington",
  owner: "",
  since: null,
  contact_points: [],
  version: 3,
};

/** A server that keeps one party: it refuses what was not read last. */
function keeping(party: Party) {
  const kept = { party, sent: [] as unknown[], next: null as Response | null };
  const change: Answering = ({ body }) => {
    kept.sent.push(body);
    const { version, ...fields } = body as Party;
    if (kept.next !== null) {
      const given = kept.next;
      kept.next = null;
      return given;
    }
    if (version !== kept.party.version) return refusal(409, "stale");
    kept.party = { ...kept.party, ...fields, version: version + 1 };
    return kept.party;
  };
  const answers = {
    "GET /api/parties/p1": () => kept.party,
    "PATCH /api/parties/p1": change,
    "GET /api/parties/p1/cases": { items: [] },
    "GET /api/parties/p1/orders": { items: [] },
    "GET /api/parties/p1/timeline": { items: [], next: "" },
  };
  return { kept, answers };
}

const heading = () => screen.getByRole("heading", { level: 1 }).textContent;
const type = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
/** What Enter in a field does. */
const enter = () => {
  const form = document.querySelector("form#edit-party");
  if (form === null) throw new Error("the form is not open");
  fireEvent.submit(form);
};

beforeEach(() => go("/customers", { replace: true }));
afterEach(cleanup);

describe("the list of customers", () => {
  const pages: Answering = ({ query }) => {
    const from = Number(query.get("after") ?? "");
    if (query.get("q") !== "turner") return { items: [], next: "" };
    const items = Array.from({ length: from === 100 ? 3 : 50 }, (_, at) => row(from + at));
    // One who moved down meanwhile comes again.
    if (from === 50) items[0] = row(49);
    return { items, next: from === 100 ? "" : String(from + 50) };
  };

  it("shows more page by page, each customer once, and how many there are", async () => {
    await stage(<Customers />, { answers: { "GET /api/parties": pages } });
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
    type("Name, customer number, phone or e-mail", "turner");
    await screen.findByText("50 shown; there are more.");
    const more = () => fireEvent.click(screen.getByRole("button", { name: "Show more" }));
    more();
    await screen.findByText("99 shown; there are more.");
    await waitFor(() => expect(document.activeElement?.textContent).toContain("Page 51 Turner"));
    more();
    await screen.findByText("102 found.");
    expect(screen.getAllByRole("link")).toHaveLength(102);
    expect(screen.queryByRole("button", { name: "Show more" })).toBeNull();
  });

  it("says of whom it found only by a similar name", async () => {
    const items = [row(1), { ...row(2), why: "match.similar" }];
    await stage(<Customers />, { answers: { "GET /api/parties": () => ({ items, next: "" }) } });
    type("Name, customer number, phone or e-mail", "turnr");
    const marked = await screen.findByText("similar name");
    expect(marked.closest("a")?.textContent).toContain("Page 2 Turner");
    expect(screen.getAllByText("similar name")).toHaveLength(1);
  });
});

describe("a search with the server down", () => {
  const SEARCH = "Name, customer number, phone or e-mail";
  afterEach(() => vi.restoreAllMocks());

  it("shows no rows of the search before it, and says why", async () => {
    const answer: Answering = ({ query }) =>
      query.get("q") === "turner"
        ? { items: [row(1)], next: "" }
        : new Response("", { status: 502 });
    await stage(<Customers />, { answers: { "GET /api/parties": answer } });
    type(SEARCH, "turner");
    await screen.findByText("Page 1 Turner");
    type(SEARCH, "holloway");
    await screen.findByText("The server is not well. Try again in a moment.");
    expect(screen.queryByText("Page 1 Turner")).toBeNull();
    expect(screen.queryByText("Nothing found")).toBeNull();
  });

  it("shows none of the same search either that was answered before the line was lost", async () => {
    const answers = { "GET /api/parties": { items: [row(1)], next: "" } };
    const { desktop } = await stage(<Customers />, { answers });
    type(SEARCH, "turner");
    await screen.findByText("Page 1 Turner");
    vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
    act(() => desktop.socket.doubt());
    await screen.findByText("The server cannot be reached. Check the network and try again.");
    expect(screen.queryByText("Page 1 Turner")).toBeNull();
  });

  it("shows none of an earlier search for long while the answer does not come", async () => {
    const answer: Answering = ({ query }) =>
      query.get("q") === "turner" ? { items: [row(1)], next: "" } : new Promise(() => undefined);
    await stage(<Customers />, { answers: { "GET /api/parties": answer } });
    type(SEARCH, "turner");
    await screen.findByText("Page 1 Turner");
    type(SEARCH, "holloway");
    await waitFor(() => expect(screen.queryByText("Page 1 Turner")).toBeNull(), { timeout: 2_500 });
  });
});

describe("coming back to the list", () => {
  const SEARCH = "Name, customer number, phone or e-mail";
  const paged: Answering = ({ query }) => {
    const from = Number(query.get("after") ?? "");
    if (query.get("q") !== "turner") return { items: [], next: "" };
    const items = Array.from({ length: 50 }, (_, at) => row(from + at + 2));
    return { items, next: from === 150 ? "" : String(from + 50) };
  };
  const answers = {
    ...Object.fromEntries(
      ["p60", "p160"].flatMap((id) => [
        [`GET /api/parties/${id}`, { ...PARTY, id }],
        [`GET /api/parties/${id}/cases`, { items: [] }],
        [`GET /api/parties/${id}/orders`, { items: [] }],
        [`GET /api/parties/${id}/timeline`, { items: [], next: "" }],
      ]),
    ),
    "GET /api/parties": paged,
  };
  const field = () => screen.getByLabelText<HTMLInputElement>(SEARCH);
  const back = async (how: () => void) => {
    await act(async () => {
      how();
      await new Promise((resolve) => setTimeout(resolve, 0));
    });
  };

  it("keeps what was searched for and goes on at the customer who was opened", async () => {
    await stage(<Customers />, { answers });
    type(SEARCH, "turner");
    await screen.findByText("50 shown; there are more.");
    fireEvent.click(screen.getByRole("button", { name: "Show more" }));
    fireEvent.click(await screen.findByText("Page 60 Turner"));
    await waitFor(() => expect(heading()).toBe("Nancy Miller"));
    expect(location.pathname + location.hash).toBe("/customers/p60#q=turner");
    for (const how of [
      () => history.back(),
      () => fireEvent.click(screen.getByRole("link", { name: "Back to the list" })),
    ]) {
      await back(how);
      await waitFor(() => expect(document.activeElement?.textContent).toContain("Page 60 Turner"));
      expect(location.pathname + location.hash).toBe("/customers#q=turner&at=p60");
      expect(field().value).toBe("turner");
      fireEvent.click(screen.getByText("Page 60 Turner"));
      await waitFor(() => expect(heading()).toBe("Nancy Miller"));
    }
  });

  it("finds the place again after a reload, however far down it is", async () => {
    go("/customers#q=turner&at=p160", { replace: true });
    await stage(<Customers />, { answers });
    await waitFor(() => expect(document.activeElement?.textContent).toContain("Page 160 Turner"));
    expect(field().value).toBe("turner");
  });

  it("stops seeking a place that is not there any more", async () => {
    go("/customers#q=turner&at=gone", { replace: true });
    const { asked } = await stage(<Customers />, { answers });
    await screen.findByText("200 found.");
    expect(asked.filter(({ path }) => path === "/api/parties")).toHaveLength(4);
  });

  it("follows the address when another search is gone to", async () => {
    await stage(<Customers />, { answers });
    type(SEARCH, "turner");
    await screen.findByText("50 shown; there are more.");
    expect(location.hash).toBe("#q=turner");
    await act(async () => go("/customers"));
    await screen.findByText("Type a name, a number or an e-mail address");
    expect(field().value).toBe("");
  });

  it("says nothing of a list to who came from elsewhere", async () => {
    go("/customers/p60", { replace: true });
    await stage(<Customers />, { answers });
    await waitFor(() => expect(heading()).toBe("Nancy Miller"));
    expect(screen.queryByRole("link", { name: "Back to the list" })).toBeNull();
  });
});

describe("a customer's cases", () => {
  it("are late only while somebody waits for them", async () => {
    go("/customers/p1", { replace: true });
    const of = (number: string, state: string): Schemas["CaseView"] => ({
      id: number,
      number,
      state,
      party_id: "p1",
      subject: `Parcel ${number}`,
      description: "",
      kind: "request",
      priority: "normal",
      opened_at: "2020-01-01T10:00:00Z",
      due_at: "2020-01-06T10:00:00Z",
      closed_at: null,
      moves: [],
      version: 1,
    });
    const items = [of("C1", "open"), of("C2", "resolved"), of("C3", "closed")];
    const { answers: all } = keeping(PARTY);
    await stage(<Customers />, { answers: { ...all, "GET /api/parties/p1/cases": { items } } });
    await screen.findByText("Parcel C3");
    expect(screen.getAllByText(/overdue since/)).toHaveLength(1);
  });
});

describe("a customer's page", () => {
  it("shows what somebody else changed, as soon as the server says so", async () => {
    const { kept, answers } = keeping(PARTY);
    const { wire } = await stage(<PartyPage id="p1" />, { answers });
    await screen.findByText("Washington");
    const tell = (seq: number, party: string) =>
      act(async () => {
        const news = { [party]: { changed_at: `2026-11-22T09:00:0${seq}Z` } };
        wire.say({ type: "snapshot", topic: "parties", seq, values: news });
        await new Promise((resolve) => setTimeout(resolve, 50));
      });
    kept.party = { ...kept.party, city: "Boston", version: 4 };
    await tell(1, "p2"); // another customer's news are not hers
    expect(screen.queryByText("Boston")).toBeNull();
    await tell(2, "p1");
    expect(await screen.findByText("Boston")).toBeTruthy();
  });
});

describe("changing a customer", () => {
  const open = async (party = PARTY, language: "en" | "fa" = "en") => {
    go("/customers/p1", { replace: true });
    const server = keeping(party);
    const staged = await stage(<Customers />, { answers: server.answers, language });
    await waitFor(() => expect(heading()).toBe(party.name));
    fireEvent.keyDown(window, { code: "KeyC", key: "c", altKey: true });
    await screen.findByRole("dialog");
    return { ...staged, kept: server.kept };
  };

  it("sends only what was changed, and takes it back on undo", async () => {
    const { kept } = await open();
    type("Name", "  Nancy Mill ");
    type("City", "");
    enter();
    await waitFor(() => expect(heading()).toBe("Nancy Mill"));
    const edit = screen.getByRole("button", { name: /^Change customer/ });
    await waitFor(() => expect(document.activeElement).toBe(edit));
    expect(kept.sent).toEqual([{ version: 3, name: "Nancy Mill", city: "" }]);
    expect(screen.getByText("Saved.")).toBeTruthy();
    fireEvent.click(screen.getByRole("button", { name: "Undo" }));
    await waitFor(() => expect(heading()).toBe("Nancy Miller"));
    expect(kept.sent[1]).toEqual({ version: 4, name: "Nancy Miller", city: "Washington" });
    expect(screen.getByText("The earlier values are back.")).toBeTruthy();
    expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  });

  it("sends nothing on escape, nor when nothing was changed", async () => {
    const { kept } = await open();
    type("Name", "Somebody");
    fireEvent.keyDown(screen.getByRole("dialog"), { key: "Escape", code: "Escape", keyCode: 27 });
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    fireEvent.click(screen.getByRole("button", { name: /^Change customer/ }));
    await screen.findByRole("dialog");
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Nancy Miller");
    enter();
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(kept.sent).toEqual([]);
  });

  it("puts what is wrong beneath its field, until that is changed", async () => {
    const { kept } = await open();
    type("Name", " ");
    enter();
    expect(screen.getByRole("alert").textContent).toBe("Enter a name.");
    expect(screen.getByLabelText("Name").getAttribute("aria-invalid")).toBe("true");
    type("Name", "Nancy");
    expect(screen.queryByRole("alert")).toBeNull();
    kept.next = refusal(422, "invalid", [{ where: "body", field: "city", message: "too long" }]);
    type("City", "Nowhere");
    enter();
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toBe("This is not accepted.");
    const described = screen.getByLabelText("City").getAttribute("aria-describedby") ?? "";
    expect(document.getElementById(described)?.contains(alert)).toBe(true);
  });

  it("offers a reload when somebody else changed it, and keeps what she wrote", async () => {
    const { kept } = await open();
    kept.party = { ...kept.party, name: "Nancy Hill", city: "Boston", version: 4 };
    type("City", "Denver");
    enter();
    await screen.findByText("Somebody else changed this meanwhile. Look again.");
    fireEvent.click(screen.getByRole("button", { name: "Reload" }));
    const dialog = within(screen.getByRole("dialog"));
    await dialog.findByText("Now stored: Boston");
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Nancy Hill");
    expect(screen.getByLabelText<HTMLInputElement>("City").value).toBe("Denver");
    enter();
    await waitFor(() => expect(kept.party).toMatchObject({ name: "Nancy Hill", city: "Denver" }));
    expect(kept.sent.at(-1)).toEqual({ version: 4, city: "Denver" });
  });

  it("does not undo over somebody else's change, and shows that instead", async () => {
    const { kept } = await open();
    type("Name", "Nancy Mill");
    enter();
    const undo = await screen.findByRole("button", { name: "Undo" });
    kept.party = { ...kept.party, name: "Nancy Hill", version: 5 };
    fireEvent.click(undo);
    await waitFor(() => expect(heading()).toBe("Nancy Hill"));
    await screen.findByText("Somebody else changed this meanwhile. Look again.");
    expect(screen.queryByRole("button", { name: "Undo" })).toBeNull();
  });

  it("can still undo after the server could not be reached", async () => {
    const { kept } = await open();
    type("Name", "Nancy Mill");
    enter();
    const undo = await screen.findByRole("button", { name: "Undo" });
    kept.next = refusal(503, "unavailable");
    await act(async () => fireEvent.click(undo));
    fireEvent.click(await screen.findByRole("button", { name: "Undo" }));
    await waitFor(() => expect(heading()).toBe("Nancy Miller"));
  });

  it("speaks Persian", async () => {
    await open(PARTY, "fa");
    expect(screen.getByLabelText<HTMLInputElement>("نام").value).toBe("Nancy Miller");
    expect(screen.getByText("نامعلوم")).toBeTruthy();
    expect(screen.getByRole("button", { name: "ذخیره" })).toBeTruthy();
  });
});
