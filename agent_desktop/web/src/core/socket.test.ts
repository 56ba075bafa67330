import { describe, expect, it, vi } from "vitest";
import { CLOSE_CODES } from "./protocol.gen.ts";
import { CommandRefused, DesktopSocket, type SocketOptions } from "./socket.ts";
import { Store } from "./store.ts";
import { FakeClock, FakeWire, seeded, welcome } from "./testing/paired.ts";

function line(more: Partial<SocketOptions> = {}) {
  const wires: FakeWire[] = [];
  const clock = new FakeClock();
  const store = new Store();
  const onLive = vi.fn();
  const socket = new DesktopSocket({
    open: () => {
      const wire = new FakeWire();
      wires.push(wire);
      return wire;
    },
    store,
    csrf: () => "token",
    clock,
    random: seeded(1),
    onLive,
    ...more,
  });
  const wire = () => {
    const last = wires.at(-1);
    if (last === undefined) throw new Error("nobody has connected");
    return last;
  };
  const up = (epoch?: string) => {
    wire().open();
    wire().say(welcome(epoch));
  };
  return { socket, clock, store, wires, wire, up, onLive };
}

describe("the desktop's socket", () => {
  it("says hello without numbers at first", () => {
    const { socket, wire, up } = line();
    socket.start();
    up();
    expect(wire().sent[0]).toEqual({ type: "hello", csrf: "token" });
    expect(socket.state.get().name).toBe("live");
  });

  it("answers pings", () => {
    const { socket, wire, up } = line();
    socket.start();
    up();
    wire().say({ type: "ping", now: "2026-11-22T09:00:01Z" });
    expect(wire().sent.at(-1)).toEqual({ type: "pong" });
  });

  it("resumes from the numbers it stands at after a cut", () => {
    const { socket, clock, wire, wires, up, store, onLive } = line();
    socket.start();
    up();
    wire().say({ type: "snapshot", topic: "queues", seq: 7, values: { a: 1 } });
    wire().cut();
    expect(socket.state.get().name).toBe("waiting");
    clock.pass(400);
    expect(wires).toHaveLength(2);
    up();
    expect(wire().sent[0]).toEqual({
      type: "hello",
      csrf: "token",
      epoch: "e1",
      seqs: { queues: 7 },
    });
    wire().say({ type: "delta", topic: "queues", after: 7, seq: 8, put: { a: 2 }, drop: [] });
    expect(store.get().queues).toEqual({ seq: 8, values: { a: 2 } });
    expect(onLive).toHaveBeenCalledTimes(2);
  });

  it("forgets everything when the daemon was restarted", () => {
    const { socket, clock, wire, up, store } = line();
    socket.start();
    up();
    wire().say({ type: "snapshot", topic: "queues", seq: 7, values: { a: 1 } });
    wire().cut();
    clock.pass(400);
    up("e2");
    expect(store.get()).toEqual({});
  });

  it("starts anew without the number of a topic that shows a gap", () => {
    const { socket, wire, wires, up } = line();
    socket.start();
    up();
    wire().say({ type: "snapshot", topic: "queues", seq: 7, values: {} });
    wire().say({ type: "snapshot", topic: "agents", seq: 2, values: {} });
    wire().say({ type: "delta", topic: "queues", after: 9, seq: 10, put: {}, drop: [] });
    expect(wires[0]?.closed).toBe(true);
    wire().open();
    expect(wire().sent[0]).toMatchObject({ epoch: "e1", seqs: { agents: 2 } });
  });

  it("waits longer after each failure, never longer than the ceiling, and anew after success", () => {
    const { socket, clock, wire, up } = line();
    socket.start();
    const delays: number[] = [];
    for (let attempt = 0; attempt < 12; attempt++) {
      wire().cut();
      const state = socket.state.get();
      if (state.name !== "waiting") throw new Error(state.name);
      delays.push(state.until - clock.now());
      clock.pass(state.until - clock.now());
    }
    expect(delays[0]).toBeLessThanOrEqual(300);
    expect(Math.max(...delays)).toBeLessThanOrEqual(10_000);
    expect(delays.at(-1)).toBeGreaterThanOrEqual(5_000);
    up();
    wire().cut();
    const state = socket.state.get();
    expect(state.name === "waiting" && state.until - clock.now()).toBeLessThanOrEqual(300);
  });

  it("takes a line that went silent for dead", () => {
    const { socket, clock, up } = line();
    socket.start();
    up();
    clock.pass(24_000);
    expect(socket.state.get().name).toBe("live");
    clock.pass(2_000);
    expect(socket.state.get().name).not.toBe("live");
  });

  it("gives up an attempt that never opens", () => {
    const { socket, clock, wires } = line();
    socket.start();
    clock.pass(8_000);
    expect(wires[0]?.closed).toBe(true);
    clock.pass(400);
    expect(wires.length).toBe(2);
  });

  it("hears nothing more from a connection it has left", () => {
    const { socket, clock, wire, wires, up, store } = line();
    socket.start();
    up();
    const old = wire();
    const hear = old.onmessage;
    old.cut();
    clock.pass(400);
    up();
    hear?.({ data: JSON.stringify({ type: "snapshot", topic: "x", seq: 1, values: {} }) });
    expect(wires).toHaveLength(2);
    expect(store.get().x).toBeUndefined();
  });

  it.each([
    ["expired", CLOSE_CODES.not_signed_in],
    ["not_allowed", CLOSE_CODES.not_allowed],
  ] as const)("ends for good when the server closes with %s", (why, code) => {
    const { socket, clock, wire, wires, up } = line();
    socket.start();
    up();
    wire().cut(code);
    clock.pass(60_000);
    expect(socket.state.get()).toEqual({ name: "ended", why });
    expect(wires).toHaveLength(1);
  });

  it("says until when a command is meant, by the server's clock", () => {
    const { socket, wire, up } = line({ serverNow: () => Date.parse("2026-11-22T09:00:00Z") });
    socket.start();
    up();
    void socket.ask({ type: "go_ready" }).catch(() => undefined);
    expect(wire().sent.at(-1)).toEqual({
      type: "go_ready",
      id: 1,
      until: "2026-11-22T09:00:05.000Z",
    });
  });

  it("asks for nothing while the line is in doubt, and goes on when the server answers", async () => {
    const { socket, clock, wire, wires, up } = line();
    socket.start();
    up();
    socket.doubt();
    expect(socket.state.get().name).toBe("doubtful");
    expect(wire().sent.at(-1)).toEqual({ type: "probe" });
    await expect(socket.ask({ type: "hold", call: "c1" })).rejects.toMatchObject({
      code: "offline",
    });
    clock.pass(1_000);
    wire().say({ type: "ping", now: "2026-11-22T09:00:01Z" });
    expect(socket.state.get().name).toBe("live");
    clock.pass(5_000);
    expect(socket.state.get().name).toBe("live");
    expect(wires).toHaveLength(1);
  });

  it("gives a doubtful line up when the probe is not answered", () => {
    const { socket, clock, wire, wires, up } = line();
    socket.start();
    up();
    socket.doubt();
    clock.pass(1_500);
    expect(wire().closed).toBe(true);
    clock.pass(400);
    expect(wires).toHaveLength(2);
  });

  it("does nothing on a line that a sleeping computer has left, before it is known to live", async () => {
    const { socket, clock, wire, up } = line();
    socket.start();
    up();
    clock.sleep(60_000);
    await expect(socket.ask({ type: "hang_up", call: "c1" })).rejects.toMatchObject({
      code: "offline",
    });
    expect(wire().sent.at(-1)).toEqual({ type: "probe" });
  });

  it("looks at the line when the page is looked at again after a long silence only", () => {
    const { socket, clock, wire, up } = line();
    socket.start();
    up();
    socket.hurry();
    expect(socket.state.get().name).toBe("live");
    clock.sleep(60_000);
    socket.hurry();
    expect(socket.state.get().name).toBe("doubtful");
    wire().say({ type: "ping", now: "2026-11-22T09:01:00Z" });
    expect(socket.state.get().name).toBe("live");
  });

  it("settles a command by the reply with its number", async () => {
    const { socket, wire, up } = line();
    socket.start();
    up();
    const ready = socket.ask({ type: "go_ready" });
    const hold = socket.ask({ type: "hold", call: "c1" });
    expect(wire().sent.slice(1)).toEqual([
      { type: "go_ready", id: 1 },
      { type: "hold", call: "c1", id: 2 },
    ]);
    wire().say({ type: "reply", id: 2, ok: false, code: "unknown_call", detail: "" });
    wire().say({ type: "reply", id: 1, ok: true, code: "", detail: "" });
    await expect(ready).resolves.toBeUndefined();
    await expect(hold).rejects.toMatchObject({ code: "unknown_call" });
  });

  it("rejects commands that a cut leaves open, and those asked while away", async () => {
    const { socket, wire, up } = line();
    socket.start();
    up();
    const open = socket.ask({ type: "go_ready" });
    wire().cut();
    await expect(open).rejects.toBeInstanceOf(CommandRefused);
    await expect(socket.ask({ type: "go_ready" })).rejects.toMatchObject({ code: "offline" });
  });

  it("rejects a command that is not answered in time", async () => {
    const { socket, clock, wire, up } = line();
    socket.start();
    up();
    const open = socket.ask({ type: "go_ready" });
    clock.pass(5_000);
    wire().say({ type: "ping", now: "2026-11-22T09:00:05Z" });
    clock.pass(4_000);
    await expect(open).rejects.toMatchObject({ code: "timeout" });
  });
});

describe("random cuts", () => {
  it("converge to the server's state whatever is cut when", () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = seeded(seed);
      const { socket, clock, store, wire, up } = line();
      const server: { seq: number; values: Record<string, number> } = { seq: 0, values: {} };
      const log: { after: number; seq: number; put: Record<string, number> }[] = [];
      socket.start();
      let cut = true;
      const connect = () => {
        for (let tries = 0; socket.state.get().name !== "connecting" && tries < 50; tries++) {
          clock.pass(500);
        }
        up();
        const seqs = (wire().sent[0]?.seqs ?? {}) as Record<string, number>;
        const from = seqs.t;
        if (from === undefined || random() < 0.3) {
          wire().say({ type: "snapshot", topic: "t", ...server, values: { ...server.values } });
        } else {
          for (const old of log.filter(({ after }) => after >= from)) {
            wire().say({ type: "delta", topic: "t", drop: [], ...old });
          }
        }
        cut = false;
      };
      for (let step = 0; step < 60; step++) {
        if (cut && random() < 0.5) connect();
        if (!cut && random() < 0.2) {
          wire().cut();
          cut = true;
        }
        const put = { [`k${Math.floor(random() * 5)}`]: step };
        const delta = { after: server.seq, seq: server.seq + 1, put };
        server.seq += 1;
        server.values = { ...server.values, ...put };
        log.push(delta);
        if (!cut) wire().say({ type: "delta", topic: "t", drop: [], ...delta });
      }
      if (cut) connect();
      expect(store.get().t, `seed ${seed}`).toEqual(server);
      socket.stop();
    }
  });
});
