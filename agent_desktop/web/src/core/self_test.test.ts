import { beforeEach, describe, expect, it, vi } from "vitest";
import { testWebRtc } from "./self_test.ts";

const STUN: RTCIceServer = { urls: ["stun:stun.example.org"] };
const TURN: RTCIceServer = { urls: ["turn:turn.example.org"], username: "1:ana", credential: "x" };

/** A connection that opens at once and finds the addresses it is given. */
class FakePeer {
  static made: FakePeer[] = [];
  static finds: string[] = ["host"];
  onicecandidate: ((event: unknown) => void) | null = null;
  localDescription = {};
  closed = false;
  readonly config: RTCConfiguration;
  constructor(config: RTCConfiguration) {
    this.config = config;
    FakePeer.made.push(this);
  }
  createDataChannel() {
    const channel = { onopen: () => undefined };
    setTimeout(() => channel.onopen(), 5);
    return channel;
  }
  async createOffer() {
    return {};
  }
  async createAnswer() {
    return {};
  }
  async setLocalDescription() {
    for (const type of FakePeer.finds) this.onicecandidate?.({ candidate: { type } });
    this.onicecandidate?.({ candidate: null });
  }
  async setRemoteDescription() {}
  async addIceCandidate() {}
  close() {
    this.closed = true;
  }
}

beforeEach(() => {
  FakePeer.made = [];
  FakePeer.finds = ["host"];
  vi.stubGlobal("RTCPeerConnection", FakePeer);
  return () => vi.unstubAllGlobals();
});

describe("the test of the sound connection", () => {
  it("uses the servers that calls use, and closes what it opened", async () => {
    expect(await testWebRtc([STUN])).toEqual({ state: "ok", finding: "test.webrtc_ok" });
    expect(FakePeer.made.map(({ config }) => config.iceServers)).toEqual([[STUN], [STUN]]);
    expect(FakePeer.made.every(({ closed }) => closed)).toBe(true);
  });

  it("says that the relay lets us in", async () => {
    FakePeer.finds = ["host", "relay"];
    expect(await testWebRtc([TURN])).toEqual({ state: "ok", finding: "test.webrtc_relay" });
  });

  it("warns when a relay is named but gives no way through", async () => {
    vi.useFakeTimers();
    const tested = testWebRtc([STUN, TURN]);
    await vi.advanceTimersByTimeAsync(6_000);
    vi.useRealTimers();
    expect(await tested).toEqual({ state: "warn", finding: "test.no_relay" });
  });
});
