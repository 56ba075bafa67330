/**
 * Checks what a call needs, one thing at a time: microphone, speaker path, server, WebRTC.
 *
 * Nothing here is pretended: each step does what a call would do and reports what it measured.
 */
import { hasRelay } from "./ice.ts";
import { meterOf, microphoneTrouble, openMicrophone, release } from "./media.ts";

export type StepName = "microphone" | "server" | "line" | "webrtc";
export type StepState = "waiting" | "running" | "ok" | "warn" | "bad";

export interface StepResult {
  readonly state: StepState;
  /** Catalogue key of what was found, with its figures. */
  readonly finding: string;
  readonly params?: Readonly<Record<string, number>>;
}

const LISTEN_FOR = 2_000;
const HEARD_ABOVE = 0.12;
const PROBES = 6;
const WEBRTC_WITHIN = 5_000;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Open the microphone and listen for two seconds; tells the level meanwhile. */
export async function testMicrophone(
  id: string,
  onLevel: (level: number) => void,
): Promise<StepResult> {
  let stream: MediaStream | null = null;
  try {
    stream = await openMicrophone(id);
    const meter = meterOf(stream);
    let loudest = 0;
    for (const end = Date.now() + LISTEN_FOR; Date.now() < end; await wait(60)) {
      const level = meter.level();
      loudest = Math.max(loudest, level);
      onLevel(level);
    }
    meter.stop();
    onLevel(0);
    return loudest >= HEARD_ABOVE
      ? { state: "ok", finding: "test.heard" }
      : { state: "warn", finding: "test.silent" };
  } catch (error) {
    return { state: "bad", finding: `trouble.${microphoneTrouble(error)}` };
  } finally {
    release(stream);
  }
}

/** Ask the server a few times: how long an answer takes and how much that varies. */
export async function testServer(fetcher: typeof fetch = fetch): Promise<StepResult> {
  const times: number[] = [];
  try {
    for (let probe = 0; probe < PROBES; probe++) {
      const start = performance.now();
      const response = await fetcher("/api/health", {
        cache: "no-store",
        signal: AbortSignal.timeout(3_000),
      });
      await response.arrayBuffer();
      times.push(performance.now() - start);
    }
  } catch {
    return { state: "bad", finding: "test.no_server" };
  }
  times.shift(); // the first one opens the connection
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  const spread = Math.max(...times) - Math.min(...times);
  const state = mean > 300 || spread > 200 ? "warn" : "ok";
  const params = { ms: Math.round(mean), spread: Math.round(spread) };
  return { state, finding: "test.round_trip", params };
}

/**
 * Whether this browser and network can carry sound at all: two ends of one connection, here; and
 * whether the TURN server, if there is one, lets this phone in.
 */
export async function testWebRtc(iceServers: readonly RTCIceServer[]): Promise<StepResult> {
  if (typeof RTCPeerConnection === "undefined") return { state: "bad", finding: "test.no_webrtc" };
  const config = { iceServers: [...iceServers] };
  const [one, two] = [new RTCPeerConnection(config), new RTCPeerConnection(config)];
  let relay: () => void = () => undefined;
  const relayed = new Promise<boolean>((resolve) => {
    relay = () => resolve(true);
    setTimeout(() => resolve(false), WEBRTC_WITHIN);
  });
  const pass = (to: RTCPeerConnection) => (event: RTCPeerConnectionIceEvent) => {
    if (event.candidate === null) return;
    if (event.candidate.type === "relay") relay();
    void to.addIceCandidate(event.candidate).catch(() => undefined); // closed meanwhile
  };
  one.onicecandidate = pass(two);
  two.onicecandidate = pass(one);
  try {
    const opened = new Promise<void>((resolve, reject) => {
      one.createDataChannel("test").onopen = () => resolve();
      setTimeout(() => reject(new Error("no connection")), WEBRTC_WITHIN);
    });
    await one.setLocalDescription(await one.createOffer());
    await two.setRemoteDescription(one.localDescription as RTCSessionDescription);
    await two.setLocalDescription(await two.createAnswer());
    await one.setRemoteDescription(two.localDescription as RTCSessionDescription);
    await opened;
    if (!hasRelay(iceServers)) return { state: "ok", finding: "test.webrtc_ok" };
    return (await relayed)
      ? { state: "ok", finding: "test.webrtc_relay" }
      : { state: "warn", finding: "test.no_relay" };
  } catch {
    return { state: "bad", finding: "test.no_path" };
  } finally {
    one.close();
    two.close();
  }
}
