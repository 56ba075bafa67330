import { describe, expect, it } from "vitest";
import { Desktop } from "./desktop.ts";
import { NO_NAMES } from "./names.ts";
import { FakeClock, FakeWire, welcome } from "./testing/paired.ts";

const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

function names(support: string): Response {
  const body = { queues: { support: { en: support } }, skills: {}, numbers: {} };
  return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
}

function desk(answers: (() => Response)[]) {
  const clock = new FakeClock();
  const wires: FakeWire[] = [];
  const asked: string[] = [];
  const desktop = new Desktop({
    session: {
      user: "sup",
      name: "Sup",
      roles: ["supervisor"],
      csrf: "token",
      language: "en",
      theme: "light",
      expires_at: "2026-11-23T00:00:00Z",
    },
    open: () => {
      const wire = new FakeWire();
      wires.push(wire);
      return wire;
    },
    loadPhone: () => Promise.reject(new Error("a supervisor takes no calls")),
    clock,
    fetcher: (async (request: Request) => {
      asked.push(new URL(request.url).pathname);
      const answer = answers.shift();
      if (answer === undefined) throw new TypeError("asked too often");
      return answer();
    }) as typeof fetch,
  });
  const live = async (epoch: string) => {
    wires.at(-1)?.open();
    wires.at(-1)?.say(welcome(epoch));
    await settle();
  };
  return { desktop, clock, wires, asked, live };
}

describe("the names of the site", () => {
  it("are read when the socket comes up, and anew after the daemon was started again", async () => {
    const { desktop, clock, wires, asked, live } = desk([
      () => names("Support"),
      () => names("Help desk"),
    ]);
    desktop.start();
    expect(desktop.names.get()).toBe(NO_NAMES);
    await live("e1");
    expect(desktop.names.get().queues.support?.en).toBe("Support");
    wires[0]?.cut();
    clock.pass(60_000);
    await live("e2");
    expect(desktop.names.get().queues.support?.en).toBe("Help desk");
    expect(asked).toEqual(["/api/names", "/api/names"]);
    desktop.stop();
  });

  it("are asked for again when the server could not tell them", async () => {
    const { desktop, clock, wires, asked, live } = desk([
      () => new Response("", { status: 502 }),
      () => names("Support"),
    ]);
    desktop.start();
    await live("e1");
    expect(desktop.names.get()).toBe(NO_NAMES);
    for (const _ of [1, 2, 3]) {
      wires[0]?.say({ type: "ping", now: "2026-11-22T09:00:05Z" });
      clock.pass(5_000);
    }
    await settle();
    expect(desktop.names.get().queues.support?.en).toBe("Support");
    desktop.stop();
    clock.pass(60_000);
    expect(asked).toHaveLength(2);
  });
});
