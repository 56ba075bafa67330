import { describe, expect, it } from "vitest";
import { Desktop } from "./desktop.ts";
import { NO_NAMES } from "./names.ts";
import type { PhoneAt } from "./protocol.gen.ts";
import { FakePhone } from "./testing/fake_phone.ts";
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

const PHONE = {
  sip_user: "agent-ana",
  password: "x",
  domain: "parley",
  display_name: "Ana",
  ws_path: "/sip",
  ice_servers: [],
};

async function agentsDesk() {
  const clock = new FakeClock();
  const phone = new FakePhone();
  const wire = new FakeWire();
  const posted: string[] = [];
  const desktop = new Desktop({
    session: {
      user: "ana",
      name: "Ana",
      roles: ["agent"],
      csrf: "token",
      language: "en",
      theme: "light",
      expires_at: "2026-11-23T00:00:00Z",
    },
    page: "one",
    open: () => wire,
    loadPhone: async () => phone,
    clock,
    fetcher: (async (request: Request) => {
      const { pathname } = new URL(request.url);
      if (request.method === "POST") posted.push(pathname);
      return new Response(JSON.stringify(pathname === "/api/phone" ? PHONE : {}));
    }) as typeof fetch,
  });
  desktop.start();
  wire.open();
  wire.say(welcome());
  const isAt = async (here: boolean, more: Partial<PhoneAt> = {}) => {
    const frame = { line: "", leg: "none", muted: false, trouble: "", ...more };
    wire.say({ type: "phone_at", here, ...frame });
    await settle();
  };
  let seq = 0;
  const own = (values: Record<string, unknown>) => {
    seq += 1;
    wire.say({ type: "snapshot", topic: "agent:ana", seq, values });
  };
  const said = () => wire.sent.filter(({ type }) => type === "phone_is").at(-1);
  return { desktop, clock, phone, wire, posted, isAt, own, said };
}

describe("an agent with several pages", () => {
  it("registers the phone on the page that has it, and on no other", async () => {
    const { phone, posted, isAt, said, wire } = await agentsDesk();
    expect(wire.sent[0]).toMatchObject({ type: "hello", page: "one", phone: "" });
    await isAt(false, { line: "ready" });
    expect(posted).toEqual([]);
    await isAt(true);
    expect(posted).toEqual(["/api/phone"]);
    expect(phone.state.get().line).toBe("ready");
    expect(said()).toMatchObject({ registered: true, line: "ready", leg: "none" });
  });

  it("tells the others when it rings, is up and muted", async () => {
    const { phone, isAt, said } = await agentsDesk();
    await isAt(true);
    phone.tell({ type: "rung", rejoin: false });
    expect(said()).toMatchObject({ leg: "ringing" });
    phone.tell({ type: "up", at: 1 });
    phone.tell({ type: "muted", muted: true });
    expect(said()).toMatchObject({ leg: "up", muted: true });
  });

  it("does for another page what it is asked, and nothing when it has no phone", async () => {
    const { phone, wire, isAt } = await agentsDesk();
    await isAt(true);
    phone.tell({ type: "rung", rejoin: false });
    wire.say({ type: "phone_do", do: "answer", key: "" });
    expect(phone.done).toEqual(["answer"]);
    phone.tell({ type: "up", at: 1 });
    wire.say({ type: "phone_do", do: "mute", key: "" });
    expect(phone.state.get().muted).toBe(true);
    await isAt(false);
    wire.say({ type: "phone_do", do: "answer", key: "" });
    expect(phone.done).toEqual(["answer", "retire"]);
  });

  it("keeps its call when another page takes the phone, and takes it back without ending it", async () => {
    const { phone, isAt, posted, clock, own } = await agentsDesk();
    await isAt(true);
    own({ me: { state: "talking", phone: true }, call: { call: "c1", state: "talking" } });
    phone.tell({ type: "rung", rejoin: false });
    phone.tell({ type: "up", at: 1 });
    await isAt(false, { line: "ready" });
    clock.pass(30_000);
    expect(phone.done).toEqual(["retire"]);
    await isAt(true);
    expect(posted).toHaveLength(2);
    expect(phone.done).toEqual(["retire"]);
  });

  it("ends a leg that was taken over and of which Asterisk's end was not heard", async () => {
    const { phone, isAt, clock, own } = await agentsDesk();
    await isAt(true);
    own({ me: { state: "talking", phone: true }, call: { call: "c1", state: "talking" } });
    phone.tell({ type: "rung", rejoin: false });
    phone.tell({ type: "up", at: 1 });
    await isAt(false, { line: "ready", leg: "up" });
    clock.pass(6_000);
    expect(phone.done).toEqual(["retire", "hangUp"]);
  });

  it("registers anew when the floor goes on calling a phone lost that says it is ready", async () => {
    const { phone, isAt, clock, own, said, wire } = await agentsDesk();
    await isAt(true);
    own({ me: { state: "ready", phone: true } });
    clock.pass(10_000);
    expect(phone.done).toEqual([]);
    own({ me: { state: "ready", phone: false } });
    const before = wire.sent.length;
    clock.pass(4_000);
    expect(phone.done).toEqual(["register"]);
    expect(wire.sent.length).toBeGreaterThan(before);
    expect(said()).toMatchObject({ registered: true });
  });

  it("asks for a fresh leg when nothing gets through any more though the server is reached", async () => {
    const { phone, isAt, clock, own, wire } = await agentsDesk();
    await isAt(true);
    own({ me: { state: "talking", phone: true }, call: { call: "c1", state: "talking" } });
    phone.tell({ type: "rung", rejoin: false });
    phone.tell({ type: "up", at: 1 });
    phone.tell({ type: "connection", lost: true });
    clock.pass(3_900);
    phone.tell({ type: "connection", lost: false });
    clock.pass(10_000);
    expect(phone.done).toEqual([]);
    phone.tell({ type: "connection", lost: true });
    clock.pass(4_000);
    expect(phone.done).toEqual(["drop"]);
    clock.pass(1_000);
    expect(wire.sent.at(-1)).toMatchObject({ type: "rejoin", call: "c1" });
  });
});
