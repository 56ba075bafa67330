/**
 * The softphone port on JsSIP: SIP over the desktop server's websocket, sound over WebRTC.
 *
 * An INVITE with ``X-Parley-Rejoin: 1`` belongs to the call that a reload cut off: the daemon rings
 * us back into the same bridge and we answer by ourselves.
 *
 * When the websocket was cut during a call, Asterisk still has the old one as our address: its BYE
 * would reach nobody. Once registered again we send an UPDATE within the call, which tells where
 * we are now, and learn from the answer if the call ended meanwhile.
 */
import { C, UA, Utils, WebSocketInterface } from "jssip";
import type { EndEvent, PeerConnectionEvent, RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRTCSessionEvent, OutgoingRTCSessionEvent } from "jssip/lib/UA";
import { hasRelay } from "./ice.ts";
import { keptDevices, microphoneTrouble, openMicrophone, release } from "./media.ts";
import { Observable } from "./observable.ts";
import {
  type Devices,
  PHONE_OFF,
  type Phone,
  type PhoneAccount,
  type PhoneEvent,
  type PhoneState,
  type PhoneTrouble,
  phoneAfter,
} from "./phone.ts";
import { qualityOf } from "./quality.ts";
import { socketUrl } from "./socket_url.ts";

export const REJOIN_HEADER = "X-Parley-Rejoin";
const ICE_WITHIN = 400;
/** As long as it takes to ask a TURN server twice, far away: it refuses the first time. */
const RELAY_WITHIN = 1_200;
const QUALITY_EVERY = 2_000;

/** What JsSIP's own types leave out: a request within a call. */
interface InDialog {
  sendRequest(
    method: string,
    options: { extraHeaders: string[]; eventHandlers: Record<string, () => void> },
  ): void;
}

type NewSession = IncomingRTCSessionEvent | OutgoingRTCSessionEvent;

/** Makes the SIP user agent; tests pass a fake one. */
export type AgentFactory = (account: PhoneAccount) => UA;

const realAgent: AgentFactory = (account) =>
  new UA({
    sockets: [new WebSocketInterface(socketUrl(account.path))],
    uri: `sip:${account.user}@${account.domain}`,
    authorization_user: account.user,
    password: account.password,
    display_name: account.displayName,
    register_expires: 120,
    session_timers: false,
    connection_recovery_min_interval: 1,
    connection_recovery_max_interval: 8,
  });

export class JsSipPhone implements Phone {
  readonly state = new Observable<PhoneState>(PHONE_OFF);
  readonly #makeAgent: AgentFactory;
  readonly #audio: HTMLAudioElement;
  #agent: UA | null = null;
  /** Another page has the phone: we stop when our call is over. */
  #retired = false;
  #session: RTCSession | null = null;
  #stream: Promise<MediaStream> | null = null;
  #opened: MediaStream | null = null;
  #devices: Devices;
  #ice: RTCIceServer[] = [];
  #domain = "";
  #polling: ReturnType<typeof setInterval> | undefined;
  #moved = false;
  /** A call we have left while the line was away: Asterisk does not know yet. */
  #unsaid: RTCSession | null = null;

  constructor(makeAgent: AgentFactory = realAgent, audio = new Audio(), devices = keptDevices()) {
    this.#makeAgent = makeAgent;
    this.#audio = audio;
    this.#devices = devices;
    audio.autoplay = true;
  }

  start(account: PhoneAccount): void {
    this.#retired = false;
    if (this.#agent !== null && this.#session !== null) {
      renew(this.#agent, account.password);
      this.register();
      return;
    }
    this.stop();
    this.#ice = [...account.iceServers];
    this.#domain = account.domain;
    const agent = this.#makeAgent(account);
    this.#agent = agent;
    this.#tell({ type: "line", line: "connecting" });
    agent.on("registered", () => {
      this.#tell({ type: "line", line: "ready" });
      this.#sayGoodbye();
      this.#tellAddress();
    });
    agent.on("unregistered", () => this.#lineIs(agent, "lost"));
    agent.on("disconnected", () => {
      if (agent === this.#agent) this.#dropUnanswered();
      this.#moved = this.#session !== null;
      this.#lineIs(agent, "lost");
    });
    agent.on("registrationFailed", ({ response }: { response?: unknown }) =>
      // Without an answer the line is down; with one Asterisk does not know us (any more).
      this.#lineIs(agent, response === undefined || response === null ? "lost" : "refused"),
    );
    agent.on("newRTCSession", (event: NewSession) => {
      if (event.originator === "remote") this.#rung(event as IncomingRTCSessionEvent);
    });
    agent.start();
  }

  register(): void {
    this.#agent?.register(); // JsSIP tells only of what changes
  }

  retire(): void {
    this.#retired = true;
    if (this.#session === null) this.stop();
  }

  drop(): void {
    this.#session?.connection?.close(); // JsSIP still answers the BYE that ends this leg
    this.#over("");
  }

  stop(): void {
    this.#retired = false;
    const agent = this.#agent;
    this.#agent = null;
    agent?.stop();
    this.#over("");
    this.#tell({ type: "line", line: "off" });
  }

  async answer(): Promise<void> {
    const session = this.#session;
    if (session === null || this.state.get().leg !== "ringing") return;
    this.#tell({ type: "answering" });
    const stream = await this.#capture();
    if (stream === null || this.#session !== session || session.isEnded()) return;
    session.answer({ mediaStream: stream, pcConfig: { iceServers: this.#ice } });
  }

  async dial(number: string): Promise<void> {
    const agent = this.#agent;
    if (agent === null || this.state.get().leg !== "none") return;
    this.#tell({ type: "dialling" });
    const stream = await this.#capture();
    if (stream === null || this.#agent !== agent || this.state.get().leg !== "dialling") {
      return this.#over(this.state.get().trouble);
    }
    const session = agent.call(`sip:${number}@${this.#domain}`, {
      mediaStream: stream,
      pcConfig: { iceServers: this.#ice },
      rtcOfferConstraints: { offerToReceiveAudio: true },
    });
    this.#follow(session);
    if (session.connection) this.#listen(session.connection);
  }

  hangUp(): void {
    const session = this.#session;
    const { leg, line } = this.state.get();
    if (session !== null && !session.isEnded()) {
      if (line === "lost" && leg === "up") {
        // Nobody would hear the BYE now: silent at once, said when the line is back.
        session.connection?.close();
        this.#unsaid = session;
      } else {
        session.terminate(leg === "ringing" ? { status_code: 486 } : {});
      }
    }
    this.#over("");
  }

  mute(on: boolean): void {
    if (this.state.get().leg !== "up") return;
    if (on) this.#session?.mute({ audio: true });
    else this.#session?.unmute({ audio: true });
    this.#tell({ type: "muted", muted: on });
  }

  press(key: string): void {
    if (this.state.get().leg !== "up") return;
    this.#session?.sendDTMF(key, { transportType: "RFC2833" as never, duration: 120 });
  }

  async use(devices: Devices): Promise<void> {
    const before = this.#devices;
    this.#devices = devices;
    await this.#speakThrough(devices.speaker);
    if (devices.microphone === before.microphone || this.#opened === null) return;
    const old = this.#opened;
    this.#stream = null;
    const stream = await this.#capture();
    const track = stream?.getAudioTracks()[0];
    if (track === undefined) return;
    track.enabled = !this.state.get().muted;
    for (const sender of this.#session?.connection?.getSenders() ?? []) {
      if (sender.track?.kind === "audio") await sender.replaceTrack(track);
    }
    release(old);
  }

  async unblockSound(): Promise<void> {
    await this.#audio.play();
    this.#tell({ type: "sound", blocked: false });
  }

  microphone(): MediaStream | null {
    return this.#opened;
  }

  #tell(event: PhoneEvent): void {
    this.state.set(phoneAfter(this.state.get(), event));
  }

  #lineIs(agent: UA, line: "lost" | "refused"): void {
    if (agent === this.#agent) this.#tell({ type: "line", line });
  }

  #rung({ session, request }: IncomingRTCSessionEvent): void {
    const rejoin = request.getHeader(REJOIN_HEADER) === "1";
    if (this.#session !== null && rejoin && !this.#retired) this.#over("");
    if (this.state.get().leg !== "none" || this.#retired) {
      session.terminate({ status_code: 486 });
      return;
    }
    this.#tell({ type: "rung", rejoin });
    this.#follow(session);
    void this.#capture(); // ready before she answers, so that nobody waits for the device
    if (rejoin) void this.answer();
  }

  /** An answer could not be told any more. The daemon rings anew, and finds us free. */
  #dropUnanswered(): void {
    const session = this.#session;
    const { leg } = this.state.get();
    if (session === null || (leg !== "ringing" && leg !== "answering")) return;
    this.#over("");
    if (!session.isEnded()) session.terminate({ status_code: 480 });
  }

  #sayGoodbye(): void {
    const session = this.#unsaid;
    this.#unsaid = null;
    if (session !== null && !session.isEnded()) session.terminate();
  }

  /** Tell Asterisk where its messages of the call reach us now. */
  #tellAddress(): void {
    const session = this.#session;
    if (!this.#moved || session === null || this.state.get().leg !== "up") return;
    this.#moved = false;
    const gone = () => {
      if (this.#session === session) this.hangUp();
    };
    const inDialog = session as unknown as InDialog;
    inDialog.sendRequest("UPDATE", {
      extraHeaders: [`Contact: ${session.contact}`],
      eventHandlers: {
        onDialogError: gone, // the call is over at the other end
        onTransportError: () => {
          this.#moved = true;
        },
      },
    });
  }

  #follow(session: RTCSession): void {
    this.#session = session;
    this.#keepWithoutSound(session);
    this.#moved = false;
    const mine = (run: () => void) => {
      if (this.#session === session) run();
    };
    session.on("peerconnection", ({ peerconnection }: PeerConnectionEvent) =>
      mine(() => this.#listen(peerconnection)),
    );
    session.on("confirmed", () => mine(() => this.#up(session)));
    session.on("ended", () => mine(() => this.#over("")));
    session.on("failed", (event: EndEvent) => mine(() => this.#over(troubleOf(event))));
    const relayed = hasRelay(this.#ice);
    let hurrying = false;
    session.on("icecandidate", ({ candidate, ready }) => {
      if (relayed && candidate.type === "relay") ready(); // from here sound gets through anyhow
      if (hurrying) return;
      hurrying = true; // one address of ours is known: do not wait long for the others
      setTimeout(ready, relayed ? RELAY_WITHIN : ICE_WITHIN);
    });
  }

  /**
   * JsSIP hangs up when nothing gets through any more. The call is worth more than the leg: a fresh
   * one is asked for, and Asterisk ends this one if nobody comes.
   */
  #keepWithoutSound(session: RTCSession): void {
    const terminate = session.terminate.bind(session);
    session.terminate = (options) => {
      const silent = options?.cause === C.causes.RTP_TIMEOUT;
      if (!silent || this.#session !== session || this.state.get().leg !== "up") terminate(options);
    };
  }

  #listen(connection: RTCPeerConnection): void {
    connection.addEventListener("connectionstatechange", () => {
      if (this.#session?.connection !== connection) return;
      this.#tell({ type: "connection", lost: LOST.has(connection.connectionState) });
    });
    connection.addEventListener("track", ({ streams, track }) => {
      this.#audio.srcObject = streams[0] ?? new MediaStream([track]);
      void this.#speakThrough(this.#devices.speaker);
      this.#audio.play().catch(() => this.#tell({ type: "sound", blocked: true }));
    });
  }

  #up(session: RTCSession): void {
    this.#tell({ type: "up", at: Date.now() });
    clearInterval(this.#polling);
    const judge = qualityOf();
    this.#polling = setInterval(async () => {
      const stats = await session.connection?.getStats();
      if (stats !== undefined && this.#session === session) {
        this.#tell({ type: "quality", quality: judge(stats) });
      }
    }, QUALITY_EVERY);
  }

  #over(trouble: PhoneTrouble): void {
    clearInterval(this.#polling);
    this.#session = null;
    release(this.#opened);
    this.#stream = null;
    this.#opened = null;
    this.#audio.srcObject = null;
    this.#tell({ type: "over", trouble });
    if (this.#retired) this.stop();
  }

  async #capture(): Promise<MediaStream | null> {
    this.#stream ??= openMicrophone(this.#devices.microphone);
    const wish = this.#stream;
    try {
      const stream = await wish;
      if (this.#stream !== wish) {
        release(stream); // the call was over before the device opened
        return null;
      }
      this.#opened = stream;
      return stream;
    } catch (error) {
      if (this.#stream === wish) this.#stream = null;
      this.#tell({ type: "trouble", trouble: microphoneTrouble(error) });
      return null;
    }
  }

  async #speakThrough(speaker: string): Promise<void> {
    if (!("setSinkId" in this.#audio)) return;
    await this.#audio.setSinkId(speaker).catch(() => undefined); // a device that was unplugged
  }
}

/** Give a user agent that is in a call another password; JsSIP keeps what it made of the old one. */
function renew(agent: UA, password: string): void {
  const realm = agent.get("realm") as string | null | undefined;
  if (!realm) agent.set("password", password);
  else {
    const user = agent.get("authorization_user") as string;
    agent.set("ha1", Utils.calculateMD5(`${user}:${realm}:${password}`));
  }
}

const LOST: ReadonlySet<RTCPeerConnectionState> = new Set(["disconnected", "failed"]);

const TROUBLES: Readonly<Record<string, PhoneTrouble>> = {
  Busy: "busy",
  Rejected: "rejected",
  "Not Found": "not_found",
  "Address Incomplete": "not_found",
  Unavailable: "unavailable",
  "User Denied Media Access": "mic_denied",
  "WebRTC Error": "media_failed",
  "Bad Media Description": "media_failed",
  "Incompatible SDP": "media_failed",
  Canceled: "",
  Terminated: "",
};

function troubleOf({ cause, originator }: EndEvent): PhoneTrouble {
  if (originator === "local" && cause !== "User Denied Media Access" && cause !== "WebRTC Error") {
    return "";
  }
  return TROUBLES[cause] ?? "call_failed";
}
