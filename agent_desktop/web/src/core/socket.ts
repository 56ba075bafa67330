/**
 * The desktop's websocket: says hello, keeps the store current, comes back by itself.
 *
 * It resumes from the numbers it stands at; on a gap it starts anew without that topic's number.
 * Commands are answered by replies with the same id; those unanswered when the connection breaks
 * are rejected, because nobody knows whether they were done: the state that follows shows it. Each
 * carries the instant until which it is meant, so that none is done long after it was asked for.
 *
 * When the line is in doubt (the browser says that the network is gone, the computer was asleep)
 * nothing is live and nothing is asked until the server has answered a probe.
 */
import { backoff } from "./backoff.ts";
import { Observable } from "./observable.ts";
import {
  CLOSE_CODES,
  type ClientFrame,
  type Hello,
  type PhoneAt,
  type PhoneDo,
  type ServerFrame,
} from "./protocol.gen.ts";
import type { Store } from "./store.ts";

/** The part of a WebSocket we use, so that tests can pass one in. */
export interface Wire {
  send(text: string): void;
  close(code?: number): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
}

export interface Clock {
  now(): number;
  /** Run later; the returned function takes it back. */
  after(ms: number, run: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

export type SocketState =
  | { readonly name: "idle" }
  | { readonly name: "connecting" }
  | { readonly name: "live" }
  | { readonly name: "doubtful" }
  | { readonly name: "waiting"; readonly until: number }
  | { readonly name: "ended"; readonly why: EndedWhy };

type Without<T> = T extends unknown ? Omit<T, "id"> : never;
type WithoutId = Without<Extract<ClientFrame, { id: number }>>;
type Timeless<T> = T extends unknown ? Omit<T, "until"> : never;
export type Command = Timeless<WithoutId>;

/** A command that was not done; ``code`` is stable and has a text in the catalogues. */
export class CommandRefused extends Error {
  constructor(
    readonly code: string,
    readonly detail = "",
  ) {
    super(detail === "" ? code : detail);
    this.name = "CommandRefused";
  }
}

type EndedWhy =
  | "signed_out"
  | "expired"
  | "forced"
  | "not_allowed"
  | "new_password"
  | "elsewhere"
  | "too_many"
  | "changed";

const TOLD: Readonly<Record<string, EndedWhy>> = {
  signed_out: "signed_out",
  forced: "forced",
  not_allowed: "not_allowed",
  new_password: "new_password",
  elsewhere: "elsewhere",
  too_many: "too_many",
  changed: "changed",
};

/** Close codes after which coming back by itself would be wrong. */
const FINAL: Readonly<Record<number, EndedWhy>> = {
  [CLOSE_CODES.not_signed_in]: "expired",
  [CLOSE_CODES.not_allowed]: "not_allowed",
};

const REPLY_WITHIN = 8_000;
/** So long what was asked for is still meant; the server refuses it afterwards. */
export const MEANT_FOR = 5_000;
/** A line in doubt is given up when the server says nothing for so long. */
export const PROBE_WITHIN = 1_500;
const OPEN_WITHIN = 8_000;
const MISSED_HEARTBEATS = 2.5;

interface Pending {
  resolve(): void;
  reject(error: CommandRefused): void;
  cancel(): void;
}

export interface SocketOptions {
  readonly open: () => Wire;
  readonly store: Store;
  readonly csrf: () => string;
  readonly clock?: Clock;
  readonly random?: () => number;
  /** Told of the server's time whenever it says it. */
  readonly onTime?: (now: string) => void;
  /** The server's time now, by which commands end. */
  readonly serverNow?: () => number;
  /** Told after each welcome: what must be said again is said now. */
  readonly onLive?: () => void;
  /** What the page says of itself in its hello. */
  readonly about?: () => Pick<Hello, "page" | "phone">;
  readonly onPhoneAt?: (frame: PhoneAt) => void;
  readonly onPhoneDo?: (frame: PhoneDo) => void;
}

export class DesktopSocket {
  readonly state = new Observable<SocketState>({ name: "idle" });
  readonly #options: SocketOptions;
  readonly #clock: Clock;
  readonly #pending = new Map<number, Pending>();
  #wire: Wire | null = null;
  #epoch = "";
  #heartbeat = 0;
  #nextId = 1;
  #delays: Generator<number, never>;
  #cancelTimer: () => void = () => undefined;
  #cancelWatch: () => void = () => undefined;
  #heardAt = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#delays = this.#newDelays();
  }

  /** Connect, and stay connected until stopped or signed out. */
  start(): void {
    if (this.#wire !== null) return;
    this.#connect();
  }

  /** Disconnect for good. */
  stop(): void {
    this.#drop(1000);
    this.state.set({ name: "idle" });
  }

  /** Try now rather than after the wait: the network is back, or the user looks at us again. */
  hurry(): void {
    if (this.state.get().name === "waiting") this.#connect();
    else if (this.#isStale()) this.doubt();
  }

  /** The line may be dead: nothing is live until the server has answered. */
  doubt(): void {
    const wire = this.#wire;
    if (wire === null || this.state.get().name !== "live") return;
    this.state.set({ name: "doubtful" });
    wire.send(JSON.stringify({ type: "probe" }));
    this.#cancelWatch();
    this.#cancelWatch = this.#clock.after(PROBE_WITHIN, () => this.#lost(wire, 1006));
  }

  /** The server has been silent for longer than it ever is: the computer was asleep. */
  #isStale(): boolean {
    return (
      this.#heartbeat > 0 && this.#clock.now() - this.#heardAt > this.#heartbeat * MISSED_HEARTBEATS
    );
  }

  /** Ask the floor for something; settles when it is applied and journalled, or refused. */
  ask(command: Command): Promise<void> {
    const wire = this.#wire;
    if (this.#isStale()) this.doubt();
    if (wire === null || this.state.get().name !== "live") {
      return Promise.reject(new CommandRefused("offline"));
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(REPLY_WITHIN, () => {
        this.#pending.delete(id);
        reject(new CommandRefused("timeout"));
      });
      this.#pending.set(id, { resolve, reject, cancel });
      const now = this.#options.serverNow?.();
      const until = now === undefined ? {} : { until: new Date(now + MEANT_FOR).toISOString() };
      wire.send(JSON.stringify({ ...command, id, ...until }));
    });
  }

  #newDelays(): Generator<number, never> {
    return backoff(this.#options.random ?? Math.random);
  }

  #connect(): void {
    this.#cancelTimer();
    this.state.set({ name: "connecting" });
    const wire = this.#options.open();
    this.#wire = wire;
    this.#nextId = 1;
    this.#cancelTimer = this.#clock.after(OPEN_WITHIN, () => this.#lost(wire, 1006));
    wire.onopen = () => {
      const about = this.#options.about?.() ?? {};
      const hello = { type: "hello", csrf: this.#options.csrf(), ...about } as const;
      const resume =
        this.#epoch === "" ? {} : { epoch: this.#epoch, seqs: this.#options.store.seqs() };
      wire.send(JSON.stringify({ ...hello, ...resume }));
    };
    wire.onmessage = ({ data }) => {
      if (wire === this.#wire && typeof data === "string") this.#receive(wire, data);
    };
    wire.onclose = ({ code }) => this.#lost(wire, code);
  }

  #receive(wire: Wire, text: string): void {
    const frame = JSON.parse(text) as ServerFrame;
    this.#heardAt = this.#clock.now();
    this.#watch(wire);
    if (this.state.get().name === "doubtful") this.state.set({ name: "live" });
    switch (frame.type) {
      case "welcome":
        this.#cancelTimer();
        if (frame.epoch !== this.#epoch) this.#options.store.clear();
        this.#epoch = frame.epoch;
        this.#heartbeat = frame.heartbeat_s * 1000;
        this.#delays = this.#newDelays();
        this.#options.onTime?.(frame.now);
        this.#watch(wire);
        this.state.set({ name: "live" });
        this.#options.onLive?.();
        break;
      case "snapshot":
        this.#options.store.replace(frame);
        break;
      case "delta":
        if (this.#options.store.apply(frame) === "gap") this.#startAnew(wire, frame.topic);
        break;
      case "reply":
        this.#settle(frame.id, frame.ok ? null : new CommandRefused(frame.code, frame.detail));
        break;
      case "signed_out":
        this.#end(TOLD[frame.code] ?? "expired");
        break;
      case "ping":
        this.#options.onTime?.(frame.now);
        wire.send(JSON.stringify({ type: "pong" }));
        break;
      case "phone_at":
        this.#options.onPhoneAt?.(frame);
        break;
      case "phone_do":
        this.#options.onPhoneDo?.(frame);
        break;
    }
  }

  /** Cut the line when the server has been silent for too long: sockets can die unseen. */
  #watch(wire: Wire): void {
    this.#cancelWatch();
    if (this.#heartbeat === 0) return;
    this.#cancelWatch = this.#clock.after(this.#heartbeat * MISSED_HEARTBEATS, () =>
      this.#lost(wire, 1006),
    );
  }

  #startAnew(wire: Wire, topic: string): void {
    this.#options.store.forget(topic);
    if (wire !== this.#wire) return;
    this.#drop(1000);
    this.#connect();
  }

  #lost(wire: Wire, code: number): void {
    if (wire !== this.#wire) return;
    this.#drop(code);
    const final = FINAL[code];
    if (final !== undefined) {
      this.#end(final);
      return;
    }
    const delay = this.#delays.next().value;
    this.state.set({ name: "waiting", until: this.#clock.now() + delay });
    this.#cancelTimer = this.#clock.after(delay, () => this.#connect());
  }

  #end(why: EndedWhy): void {
    this.#drop(1000);
    this.#epoch = "";
    this.state.set({ name: "ended", why });
  }

  #drop(code: number): void {
    this.#cancelTimer();
    this.#cancelWatch();
    const wire = this.#wire;
    this.#wire = null;
    if (wire !== null) {
      wire.onopen = wire.onmessage = wire.onclose = null;
      wire.close(code === 1000 ? 1000 : undefined);
    }
    for (const id of [...this.#pending.keys()]) this.#settle(id, new CommandRefused("offline"));
  }

  #settle(id: number, error: CommandRefused | null): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    pending.cancel();
    if (error === null) pending.resolve();
    else pending.reject(error);
  }
}
