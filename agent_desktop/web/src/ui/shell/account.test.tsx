import { cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import type { Schemas } from "../../core/api.ts";
import { type Answering, refusal, stage } from "../testing/stage.tsx";
import AccountDialog from "./AccountDialog.tsx";

type OpenSession = Schemas["OpenSessionView"];

const HERE: OpenSession = {
  id: "0000000000000001",
  current: true,
  opened_at: "2026-11-22T09:00:00Z",
  seen_at: "2026-11-22T09:30:00Z",
  expires_at: "2026-11-23T09:00:00Z",
  address: "192.0.2.1",
  browser: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  phone: false,
  ending: false,
};
const THERE: OpenSession = {
  ...HERE,
  id: "0000000000000002",
  current: false,
  address: "198.51.100.7",
  browser: "curl/8.9",
  phone: true,
};

/** A server with these sessions that takes every password but ``refused``. */
function serving(first: readonly OpenSession[], refused: Response | null = null) {
  const kept = { items: [...first], sent: [] as unknown[] };
  const change: Answering = ({ body }) => {
    kept.sent.push(body);
    if (refused !== null) return refused;
    kept.items = kept.items.filter(({ current }) => current);
    return new Response(null, { status: 204 });
  };
  const endOthers = () => {
    kept.items = kept.items.filter(({ current }) => current);
    return { items: kept.items };
  };
  const answers = {
    "PUT /api/me/password": change,
    "GET /api/me/sessions": () => ({ items: kept.items }),
    "DELETE /api/me/sessions": endOthers,
    [`DELETE /api/me/sessions/${THERE.id}`]: endOthers,
  };
  return { kept, answers };
}

const type = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label), { target: { value } });

function change(current: string, wanted: string, again = wanted): void {
  type("Current password", current);
  type("New password", wanted);
  type("New password again", again);
  fireEvent.click(screen.getByRole("button", { name: "Change password" }));
}

afterEach(cleanup);

describe("the user's own password", () => {
  it("is changed, the boxes are emptied, and the list shows who is left", async () => {
    const { kept, answers } = serving([HERE, THERE]);
    await stage(<AccountDialog />, { answers });
    await screen.findByText("Has the phone");
    change("old one", "four quiet otters");
    expect(await screen.findByText(/Your password is changed/)).toBeTruthy();
    expect(kept.sent).toEqual([{ current: "old one", new: "four quiet otters" }]);
    expect((screen.getByLabelText("Current password") as HTMLInputElement).value).toBe("");
    expect(await screen.findByText("You are signed in nowhere else.")).toBeTruthy();
  });

  it.each([
    ["", "four quiet otters", "four quiet otters", "Enter your current password."],
    ["old one", "short", "short", "The new password needs 10 characters or more."],
    ["old one", "four quiet otters", "four quiet", /two new passwords differ/],
  ])("is not sent when it cannot be meant", async (current, wanted, again, says) => {
    const { kept, answers } = serving([HERE]);
    await stage(<AccountDialog />, { answers });
    change(current, wanted, again);
    expect(await screen.findByText(says)).toBeTruthy();
    expect(kept.sent).toEqual([]);
  });

  it.each([
    [401, "wrong_credentials", "The current password is wrong.", "Current password"],
    [422, "password_common", /guessed quickly/, "New password"],
  ])("says what was refused and goes to the box", async (status, code, says, box) => {
    const { answers } = serving([HERE], refusal(status, code));
    await stage(<AccountDialog />, { answers });
    change("old one", "Winter2026!");
    expect(await screen.findByText(says)).toBeTruthy();
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText(box)));
  });
});

describe("where the user is signed in", () => {
  it("is listed and ended one by one or all at once", async () => {
    for (const button of ["Sign out: Unknown browser", "Sign out everywhere else"]) {
      const { answers } = serving([HERE, THERE]);
      await stage(<AccountDialog />, { answers });
      expect(await screen.findByText("Firefox on Linux")).toBeTruthy();
      expect(screen.getByText("This browser")).toBeTruthy();
      expect(screen.getByText("198.51.100.7")).toBeTruthy();
      fireEvent.click(screen.getByRole("button", { name: button }));
      expect(await screen.findByText("You are signed in nowhere else.")).toBeTruthy();
      expect(screen.queryByText("198.51.100.7")).toBeNull();
      cleanup();
    }
  });

  it("says of one that is in a call that it ends after it", async () => {
    const { answers } = serving([HERE, { ...THERE, ending: true }]);
    await stage(<AccountDialog />, { answers });
    expect(await screen.findByText("Ends after the call")).toBeTruthy();
    expect(screen.queryByRole("button", { name: /^Sign out: / })).toBeNull();
  });

  it("can be asked for again when it could not be read", async () => {
    const { answers } = serving([HERE]);
    let well = false;
    const flaky = {
      ...answers,
      "GET /api/me/sessions": () => (well ? { items: [HERE] } : refusal(403, "not_allowed")),
    };
    await stage(<AccountDialog />, { answers: flaky });
    const again = await screen.findByRole("button", { name: "Try again" });
    well = true;
    fireEvent.click(again);
    expect(await screen.findByText("Firefox on Linux")).toBeTruthy();
  });
});
