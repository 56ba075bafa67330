import { act, cleanup, fireEvent, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { stage } from "../testing/stage.tsx";
import Supervisor from "./Supervisor.tsx";

const AGENT = {
  id: "ben",
  name: "Ben Okafor",
  state: "ready",
  reason: "",
  since: "2026-11-22T09:00:00Z",
  queue: "",
  queue_name: "",
  call: "",
  caller: "",
  desktop: true,
  phone: true,
  handled: 4,
  occupancy: 0.5,
  skills: { english: 4 },
};

const CALL = {
  id: "c1",
  state: "talking",
  ani: "+12025550101",
  caller: "Nancy Miller",
  queue: "support",
  queue_name: "Support",
  agent: "ben",
  started_at: "2026-11-22T09:00:00Z",
  state_since: "2026-11-22T09:00:30Z",
  queued_at: null,
  place: [],
  language: "en",
};

const WHY = {
  call: "c1",
  offers: [
    {
      offer: "c1~1",
      agent: "ben",
      agent_name: "Ben Okafor",
      at: "2026-11-22T09:00:10Z",
      ended: "accepted",
      waited_s: 10,
      queue_length: 2,
      needs: ["english>=3"],
      counts: { busy: 3, "lacks:billing": 2 },
      lines: [
        { agent: "ben", name: "Ben Okafor", chosen: true, cause: "why.chosen_only", params: {} },
        {
          agent: "mei",
          name: "Mei Lin",
          chosen: false,
          cause: "why.lacks",
          params: { skill: "billing" },
        },
      ],
      sentence: "",
    },
  ],
};

afterEach(cleanup);

async function floor(language: "en" | "zh" | "fa" = "en") {
  const set = await stage(<Supervisor />, {
    language,
    roles: ["supervisor"],
    answers: {
      "GET /api/calls/c1/why": WHY,
      "GET /api/calls/c1": {
        call: "c1",
        state: "talking",
        ani: "+12025550101",
        dnis: "5001",
        queue: "support",
        agent: "ben",
        started_at: "2026-11-22T09:00:00Z",
        interaction_id: "i1",
        party_id: "p1",
      },
    },
  });
  await act(async () => {
    set.wire.say({ type: "snapshot", topic: "agents", seq: 1, values: { ben: AGENT } });
    set.wire.say({ type: "snapshot", topic: "calls", seq: 1, values: { c1: CALL } });
  });
  return set;
}

describe("the supervisor's page", () => {
  it("names queues, skills and numbers in the language of the page", async () => {
    const { wire } = await floor("fa");
    await act(async () => {
      const busy = { ...AGENT, call: "c1", queue: "support", queue_name: "Support" };
      wire.say({ type: "snapshot", topic: "agents", seq: 2, values: { ben: busy } });
      const queued = { ...CALL, state: "queued", agent: "" };
      wire.say({ type: "snapshot", topic: "calls", seq: 2, values: { c1: queued } });
    });
    expect(screen.getAllByText("پشتیبانی")).toHaveLength(2);
    expect(screen.queryByText("Support")).toBeNull();
    fireEvent.click(screen.getByRole("button", { name: "Nancy Miller" }));
    expect(await screen.findByText("مهارت امور مالی را ندارد")).toBeTruthy();
    expect(screen.getByText(/خط اصلی/)).toBeTruthy();
  });

  it("explains in words why a call rang whom", async () => {
    await floor();
    fireEvent.click(screen.getByRole("button", { name: "Nancy Miller" }));
    expect(await screen.findByText("the only agent free for this call")).toBeTruthy();
    expect(screen.getByText("lacks the skill Billing")).toBeTruthy();
    expect(screen.getByText(/with 2 calls in the queue/)).toBeTruthy();
    expect(screen.getByText(/english ≥ 3/)).toBeTruthy();
  });

  it("sets an agent not ready and offers to undo it", async () => {
    const { wire } = await floor();
    fireEvent.click(screen.getByRole("button", { name: "Actions: Ben Okafor" }));
    fireEvent.click(await screen.findByText("Set not ready"));
    await waitFor(() =>
      expect(wire.sent.at(-1)).toMatchObject({ type: "force_not_ready", agent: "ben" }),
    );
    const id = Number(wire.sent.at(-1)?.id);
    await act(async () => {
      wire.say({ type: "reply", id, ok: true, code: "", detail: "" });
    });
    fireEvent.click(await screen.findByText("Undo"));
    expect(wire.sent.at(-1)).toMatchObject({ type: "force_ready", agent: "ben" });
  });

  it("says of an agent in a call that she will be not ready after it", async () => {
    const { wire } = await floor();
    await act(async () => {
      const talking = { ...AGENT, state: "talking", call: "c1" };
      wire.say({ type: "snapshot", topic: "agents", seq: 2, values: { ben: talking } });
    });
    fireEvent.click(screen.getByRole("button", { name: "Actions: Ben Okafor" }));
    fireEvent.click(await screen.findByText("Set not ready"));
    await waitFor(() => expect(wire.sent.at(-1)).toMatchObject({ type: "force_not_ready" }));
    const id = Number(wire.sent.at(-1)?.id);
    await act(async () => {
      wire.say({ type: "reply", id, ok: true, code: "", detail: "" });
    });
    expect(await screen.findByText("Ben Okafor will be not ready after the call.")).toBeTruthy();
  });

  it("keeps agents in their places whatever they do, those who signed out last", async () => {
    const { wire } = await floor();
    const names = () =>
      screen
        .getAllByRole("button", { name: /^Actions: / })
        .map((button) => button.getAttribute("aria-label"));
    const others = {
      ben: { ...AGENT, state: "logged_out" },
      cleo: { ...AGENT, id: "cleo", name: "Cleo" },
      ana: { ...AGENT, id: "ana", name: "Ana", state: "wrap_up" },
    };
    await act(async () => {
      wire.say({ type: "snapshot", topic: "agents", seq: 2, values: others });
    });
    const before = ["Actions: Ana", "Actions: Cleo", "Actions: Ben Okafor"];
    expect(names()).toEqual(before);
    await act(async () => {
      const put = { ana: { ...others.ana, state: "ready" }, cleo: { ...others.cleo, call: "c1" } };
      wire.say({ type: "delta", topic: "agents", after: 2, seq: 3, put, drop: [] });
    });
    expect(names()).toEqual(before);
  });

  it("counts as ready whom a call could ring, and says what is missing of the others", async () => {
    const { wire } = await floor();
    const ready = () => screen.getAllByText("Ready")[0]?.parentElement;
    expect(ready()?.textContent).toBe("1Ready");
    await act(async () => {
      const put = { ben: { ...AGENT, phone: false } };
      wire.say({ type: "delta", topic: "agents", after: 1, seq: 2, put, drop: [] });
    });
    expect(ready()?.textContent).toBe("0Ready");
    expect(screen.getByText("no phone")).toBeTruthy();
  });

  it("shows how long a caller has waited, as the queue's longest wait counts it", async () => {
    const { wire } = await floor();
    await act(async () => {
      const since = { started_at: "2026-11-22T08:55:00Z", queued_at: "2026-11-22T08:58:55Z" };
      const put = { c1: { ...CALL, state: "offered", ...since } };
      wire.say({ type: "delta", topic: "calls", after: 1, seq: 2, put, drop: [] });
    });
    expect(screen.getByText(/^1:0[56]$/)).toBeTruthy();
  });

  it("follows the floor", async () => {
    const { wire } = await floor();
    await act(async () => {
      wire.say({
        type: "delta",
        topic: "agents",
        after: 1,
        seq: 2,
        put: { ben: { ...AGENT, state: "not_ready", reason: "lunch" } },
        drop: [],
      });
    });
    expect(screen.getByText("Lunch")).toBeTruthy();
  });
});
