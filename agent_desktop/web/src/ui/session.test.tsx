import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, cleanup, render, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { FakeWire, welcome } from "../core/testing/paired.ts";
import { useDesktop } from "./hooks.ts";
import { SessionGate } from "./Session.tsx";

const wires: FakeWire[] = [];
let roles: string[] = [];

beforeEach(() => {
  wires.length = 0;
  roles = ["supervisor"];
  const session = () => ({
    user: "sam",
    name: "Sam",
    roles,
    csrf: "token",
    language: "en",
    theme: "light",
    expires_at: "2026-11-23T00:00:00Z",
  });
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(session()), { status: 200 }));
  const open = function open() {
    const wire = new FakeWire();
    wires.push(wire);
    return wire;
  };
  vi.stubGlobal("WebSocket", open);
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const Roles = () => <p>{useDesktop().session.roles.join(" ")}</p>;

async function signedIn() {
  render(
    <QueryClientProvider client={new QueryClient()}>
      <SessionGate login={({ parting }) => <p>out: {parting}</p>}>{() => <Roles />}</SessionGate>
    </QueryClientProvider>,
  );
  await screen.findByText("supervisor");
  const wire = await waitFor(() => {
    const last = wires.at(-1);
    if (last === undefined) throw new Error("no websocket was opened");
    return last;
  });
  await act(async () => {
    wire.open();
    wire.say(welcome());
  });
  return wire;
}

describe("a session that the server changes", () => {
  it("goes on with other roles, without a log-in", async () => {
    const wire = await signedIn();
    roles = ["admin"];
    await act(async () => wire.say({ type: "signed_out", code: "changed" }));
    expect(await screen.findByText("admin")).toBeTruthy();
    expect(wires).toHaveLength(2);
  });

  it("ends for who may no longer sign in, and says so", async () => {
    const wire = await signedIn();
    await act(async () => wire.say({ type: "signed_out", code: "not_allowed" }));
    expect(await screen.findByText("out: not_allowed")).toBeTruthy();
  });
});
