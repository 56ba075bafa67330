import { EventEmitter } from "node:events";
import type { UA } from "jssip";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { JsSipPhone, REJOIN_HEADER } from "./jssip_phone.ts";
import type { PhoneAccount } from "./phone.ts";

const ACCOUNT: PhoneAccount = {
  user: "agent-ana",
  password: "secret",
  domain: "parley",
  displayName: "Ana",
  iceServers: [],
  path: "/sip",
};

const STUN: RTCIceServer = { urls: ["stun:stun.example.org"] };
const TURN: RTCIceServer = { urls: ["turn:turn.example.org"], username: "1:ana", credential: "x" };

class FakeTrack {
  stopped = false;
  enabled = true;
  kind = "audio";
  stop(): void {
    this.stopped = true;
  }
}

class FakeStream {
  readonly track = new FakeTrack();
  getTracks(): FakeTrack[] {
    return [this.track];
  }
  getAudioTracks(): FakeTrack[] {
    return [this.track];
  }
}

class FakeSession extends EventEmitter {
  readonly connection = undefined;
  readonly done: unknown[][] = [];
  ended = false;
  isEnded(): boolean {
    return this.ended;
  }
  answer(options: unknown): void {
    this.done.push(["answer", options]);
  }
  terminate(options: unknown): void {
    this.done.push(["terminate", options]);
    this.ended = true;
  }
  mute(): void {
    this.done.push(["mute"]);
  }
  unmute(): void {
    this.done.push(["unmute"]);
  }
  readonly contact = "<sip:here.invalid;transport=ws>";
  sendRequest(method: string, options: { eventHandlers: Record<string, () => void> }): void {
    this.done.push(["request", method, options]);
  }
  sendDTMF(key: string): void {
    this.done.push(["key", key]);
  }
}

class FakeConnection extends EventTarget {
  connectionState: RTCPeerConnectionState = "new";
  closed = false;
  becomes(state: RTCPeerConnectionState): void {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }
  close(): void {
    this.closed = true;
  }
}

class FakeAgent extends EventEmitter {
  started = false;
  registers = 0;
  realm: string | null = null;
  readonly changed: Record<string, string> = {};
  register(): void {
    this.registers += 1;
  }
  get(name: string): string | null {
    return name === "realm" ? this.realm : "agent-ana";
  }
  set(name: string, value: string): void {
    this.changed[name] = value;
  }
  readonly called: string[] = [];
  options: { pcConfig?: RTCConfiguration } = {};
  readonly session = new FakeSession();
  start(): void {
    this.started = true;
  }
  stop(): void {
    this.started = false;
  }
  call(target: string, options: { pcConfig?: RTCConfiguration }): FakeSession {
    this.called.push(target);
    this.options = options;
    return this.session;
  }
  ring(headers: Record<string, string> = {}): FakeSession {
    const session = new FakeSession();
    const request = { getHeader: (name: string) => headers[name] };
    this.emit("newRTCSession", { originator: "remote", session, request });
    return session;
  }
}

let agents: FakeAgent[];
let microphone: () => Promise<FakeStream>;
let streams: FakeStream[];

function phone(iceServers: RTCIceServer[] = []): { phone: JsSipPhone; agent: FakeAgent } {
  const audio = { play: async () => undefined, srcObject: null, autoplay: false };
  const made = new JsSipPhone(
    () => {
      const agent = new FakeAgent();
      agents.push(agent);
      return agent as unknown as UA;
    },
    audio as unknown as HTMLAudioElement,
    { microphone: "", speaker: "" },
  );
  made.start({ ...ACCOUNT, iceServers });
  const agent = agents.at(-1);
  if (agent === undefined) throw new Error("no agent was made");
  agent.emit("registered", {});
  return { phone: made, agent };
}

const settle = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  agents = [];
  streams = [];
  microphone = async () => {
    const stream = new FakeStream();
    streams.push(stream);
    return stream;
  };
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: () => microphone() } });
});

describe("the JsSIP phone", () => {
  it("is ready when Asterisk has registered it and lost when the line drops", () => {
    const { phone: one, agent } = phone();
    expect(one.state.get().line).toBe("ready");
    agent.emit("disconnected", {});
    expect(one.state.get().line).toBe("lost");
    agent.emit("registrationFailed", { response: { status_code: 403 } });
    expect(one.state.get().line).toBe("refused");
  });

  it("opens the microphone while it rings and answers with it", async () => {
    const { phone: one, agent } = phone();
    const session = agent.ring();
    expect(one.state.get().leg).toBe("ringing");
    await settle();
    expect(streams).toHaveLength(1);
    await one.answer();
    expect(session.done[0]?.[1]).toMatchObject({ mediaStream: streams[0] });
    session.emit("confirmed", {});
    expect(one.state.get()).toMatchObject({ leg: "up", rejoined: false });
  });

  it("answers by itself a leg that brings back a call after a reload", async () => {
    const { phone: one, agent } = phone();
    const session = agent.ring({ [REJOIN_HEADER]: "1" });
    await settle();
    expect(session.done[0]?.[0]).toBe("answer");
    expect(one.state.get().rejoined).toBe(true);
  });

  it("answers and dials with the STUN and TURN servers of its account", async () => {
    const { phone: one, agent } = phone([STUN, TURN]);
    const session = agent.ring();
    await one.answer();
    expect(session.done[0]?.[1]).toMatchObject({ pcConfig: { iceServers: [STUN, TURN] } });
    one.hangUp();
    await one.dial("5001");
    expect(agent.options).toMatchObject({ pcConfig: { iceServers: [STUN, TURN] } });
  });

  it("waits a little for more of its addresses, longer for a relay's and no longer than that", () => {
    vi.useFakeTimers();
    try {
      for (const [servers, within] of [
        [[STUN], 400],
        [[STUN, TURN], 1_200],
      ] as const) {
        const { agent } = phone([...servers]);
        const session = agent.ring();
        const ready = vi.fn();
        session.emit("icecandidate", { candidate: { type: "host" }, ready });
        session.emit("icecandidate", { candidate: { type: "srflx" }, ready });
        vi.advanceTimersByTime(within - 1);
        expect(ready).not.toHaveBeenCalled();
        vi.advanceTimersByTime(1);
        expect(ready).toHaveBeenCalledTimes(1);
      }
      const { agent } = phone([TURN]);
      const ready = vi.fn();
      agent.ring().emit("icecandidate", { candidate: { type: "relay" }, ready });
      expect(ready).toHaveBeenCalledTimes(1);
    } finally {
      vi.useRealTimers();
    }
  });

  it("does not answer an ordinary call by itself", async () => {
    const { agent } = phone();
    const session = agent.ring();
    await settle();
    expect(session.done).toEqual([]);
  });

  it("is busy for a second call", () => {
    const { phone: one, agent } = phone();
    agent.ring();
    const second = agent.ring();
    expect(second.done).toEqual([["terminate", { status_code: 486 }]]);
    expect(one.state.get().leg).toBe("ringing");
  });

  it("gives the microphone back when the call is over", async () => {
    const { phone: one, agent } = phone();
    const session = agent.ring();
    await one.answer();
    session.emit("confirmed", {});
    session.emit("ended", {});
    expect(streams[0]?.track.stopped).toBe(true);
    expect(one.state.get().leg).toBe("none");
    expect(one.microphone()).toBeNull();
  });

  it("tells Asterisk its new address after the line was cut in a call, and only then", async () => {
    const { phone: one, agent } = phone();
    const session = agent.ring();
    await one.answer();
    session.emit("confirmed", {});
    session.done.length = 0;
    agent.emit("registered", {}); // an ordinary renewal
    expect(session.done).toEqual([]);
    agent.emit("disconnected", {});
    agent.emit("registered", {});
    expect(session.done).toEqual([
      [
        "request",
        "UPDATE",
        expect.objectContaining({ extraHeaders: [`Contact: ${session.contact}`] }),
      ],
    ]);
    agent.emit("registered", {});
    expect(session.done).toHaveLength(1);
  });

  it.each(["ringing", "answering"])(
    "lets go of what was only %s when the line is cut",
    async (leg) => {
      const { phone: one, agent } = phone();
      const session = agent.ring();
      if (leg === "answering") await one.answer();
      expect(one.state.get().leg).toBe(leg);
      agent.emit("disconnected", {});
      expect(one.state.get()).toMatchObject({ leg: "none", line: "lost", trouble: "" });
      expect(session.ended).toBe(true);
      agent.emit("registered", {});
      const anew = agent.ring();
      expect(one.state.get().leg).toBe("ringing");
      expect(anew.ended).toBe(false);
    },
  );

  it("ends a call that is over at the other end when the line comes back", async () => {
    const { phone: one, agent } = phone();
    const session = agent.ring();
    await one.answer();
    session.emit("confirmed", {});
    agent.emit("disconnected", {});
    agent.emit("registered", {});
    const sent = session.done.at(-1)?.[2] as { eventHandlers: { onDialogError: () => void } };
    sent.eventHandlers.onDialogError();
    expect(one.state.get().leg).toBe("none");
    expect(session.ended).toBe(true);
  });

  it("says goodbye when the line is back, if she hung up while it was away", async () => {
    const { phone: one, agent } = phone();
    const session = agent.ring();
    await one.answer();
    session.emit("confirmed", {});
    agent.emit("disconnected", {});
    session.done.length = 0;
    one.hangUp();
    expect(one.state.get().leg).toBe("none");
    expect(session.done).toEqual([]);
    agent.emit("registered", {});
    expect(session.done).toEqual([["terminate", undefined]]);
    agent.emit("registered", {});
    expect(session.done).toHaveLength(1);
  });

  it("gives it back too when the caller leaves before it has opened", async () => {
    let open: (stream: FakeStream) => void = () => undefined;
    const late = new FakeStream();
    microphone = () => new Promise((resolve) => (open = resolve));
    const { agent } = phone();
    const session = agent.ring();
    session.emit("failed", { originator: "remote", cause: "Canceled" });
    open(late);
    await settle();
    expect(late.track.stopped).toBe(true);
  });

  it("goes on ringing when the microphone is refused", async () => {
    microphone = () => Promise.reject(new DOMException("no", "NotAllowedError"));
    const { phone: one, agent } = phone();
    const session = agent.ring();
    await one.answer();
    expect(one.state.get()).toMatchObject({ leg: "ringing", trouble: "mic_denied" });
    expect(session.done).toEqual([]);
  });

  it("mutes, sends keys and hangs up", async () => {
    const { phone: one, agent } = phone();
    const session = agent.ring();
    await one.answer();
    session.emit("confirmed", {});
    one.mute(true);
    one.press("5");
    one.mute(false);
    one.hangUp();
    expect(session.done.slice(1)).toEqual([["mute"], ["key", "5"], ["unmute"], ["terminate", {}]]);
    expect(one.state.get().leg).toBe("none");
  });

  it("dials, and says why a call failed", async () => {
    const { phone: one, agent } = phone();
    await one.dial("5001");
    expect(agent.called).toEqual(["sip:5001@parley"]);
    expect(one.state.get().leg).toBe("dialling");
    agent.session.emit("failed", { originator: "remote", cause: "Busy" });
    expect(one.state.get()).toMatchObject({ leg: "none", trouble: "busy" });
  });
});

describe("a phone that another page takes over", () => {
  it("keeps its call, takes no other, and stops when the call is over", async () => {
    const { phone: made, agent } = phone();
    const session = agent.ring();
    session.emit("confirmed");
    made.retire();
    expect(agent.started).toBe(true);
    expect(session.done).toEqual([]);
    expect(made.state.get().leg).toBe("up");
    const next = agent.ring({ [REJOIN_HEADER]: "1" });
    expect(next.done).toEqual([["terminate", { status_code: 486 }]]);
    expect(made.state.get().leg).toBe("up");
    session.emit("ended");
    expect(agent.started).toBe(false);
    expect(made.state.get()).toMatchObject({ line: "off", leg: "none" });
  });

  it("stops at once when it is free", () => {
    const { phone: made, agent } = phone();
    made.retire();
    expect(agent.started).toBe(false);
    expect(made.state.get().line).toBe("off");
  });

  it.each([
    ["before it was ever asked for it", null, { password: "new" }],
    ["and JsSIP keeps what it made of the old one", "asterisk", { ha1: expect.any(String) }],
  ])("gets another password without losing its call, %s", (_when, realm, changed) => {
    const { phone: made, agent } = phone();
    agent.realm = realm;
    const session = agent.ring();
    session.emit("confirmed");
    made.start({ ...ACCOUNT, password: "new" });
    expect(agents).toHaveLength(1);
    expect(agent.changed).toEqual(changed);
    expect(agent.registers).toBe(1);
    expect(session.done).toEqual([]);
    expect(made.state.get().leg).toBe("up");
  });
});

describe("a leg whose connection is lost", () => {
  it("is not hung up by JsSIP once it is up, but is while it is being set up", () => {
    const timeout = { cause: "RTP Timeout", status_code: 408 };
    const { agent } = phone();
    const session = agent.ring();
    session.emit("confirmed");
    session.terminate(timeout);
    expect(session.done).toEqual([]);
    session.terminate({});
    expect(session.done).toEqual([["terminate", {}]]);
    const other = phone().agent.ring();
    other.terminate(timeout);
    expect(other.done).toEqual([["terminate", timeout]]);
  });

  it("is told of, and is forgotten without ending the call", () => {
    const { phone: made, agent } = phone();
    const connection = new FakeConnection();
    const session = agent.ring();
    (session as { connection: unknown }).connection = connection;
    session.emit("peerconnection", { peerconnection: connection });
    session.emit("confirmed");
    connection.becomes("disconnected");
    expect(made.state.get().soundLost).toBe(true);
    connection.becomes("connected");
    expect(made.state.get().soundLost).toBe(false);
    connection.becomes("failed");
    made.drop();
    expect(connection.closed).toBe(true);
    expect(session.done).toEqual([]);
    expect(made.state.get()).toMatchObject({ line: "ready", leg: "none", soundLost: false });
    const fresh = agent.ring({ [REJOIN_HEADER]: "1" });
    fresh.emit("confirmed");
    session.emit("ended"); // Asterisk ends the leg that was replaced
    expect(made.state.get().leg).toBe("up");
  });
});
