import { cleanup, fireEvent, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { stage } from "../testing/stage.tsx";
import { Login } from "./Login.tsx";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(body), { status, headers }));

const fill = () => {
  fireEvent.change(screen.getByLabelText("User name"), { target: { value: "ana" } });
  fireEvent.change(screen.getByLabelText("Password"), { target: { value: "parley" } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
};

describe("the log-in page", () => {
  it("says the same for every wrong log-in", async () => {
    await stage(<Login parting="" onSession={() => undefined} />, { roles: [] });
    answer(401, { code: "wrong_credentials", detail: "", errors: [] });
    fill();
    expect(await screen.findByText("User name or password is wrong.")).toBeTruthy();
  });

  it("counts down how long to wait after too many wrong ones", async () => {
    await stage(<Login parting="" onSession={() => undefined} />, { roles: [] });
    answer(429, { code: "too_many_attempts", detail: "", errors: [] }, { "Retry-After": "65" });
    fill();
    expect(await screen.findByText(/You can try again in/)).toBeTruthy();
    expect(screen.getByText(/\d:\d\d$/)).toBeTruthy();
  });

  it("hands over the session", async () => {
    const onSession = vi.fn();
    await stage(<Login parting="" onSession={onSession} />, { roles: [] });
    answer(201, { user: "ana" });
    fill();
    await vi.waitFor(() => expect(onSession).toHaveBeenCalledWith({ user: "ana" }));
  });

  it("says why somebody who was signed in sees it again", async () => {
    await stage(<Login parting="forced" onSession={() => undefined} />, { roles: [] });
    expect(screen.getByText("A supervisor signed you out.")).toBeTruthy();
  });

  it("says when the server cannot be reached", async () => {
    await stage(<Login parting="" onSession={() => undefined} />, { roles: [] });
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
    fill();
    expect(await screen.findByText(/server cannot be reached/)).toBeTruthy();
  });
});
