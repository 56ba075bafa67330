/**
 * The desktop's websocket: says hello, keeps the store current, comes back by itself.
 *
 * It resumes from the numbers it stands at; on a gap it starts anew without that topic's number.
 * Commands are answered by replies with the same id; those unanswered when the connection breaks
 * are rejected, because nobody knows whether they were done: the state that follows shows it.
 */
import { backoff } from "./backoff.ts";
import { Observable } from "./observable.ts";
import { CLOSE_CODES, type ClientFrame, type ServerFrame } from "./protocol.gen.ts";
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
  | { readonly name: "waiting"; readonly until: number }
  | { readonly name: "ended"; readonly why: EndedWhy };

type Without<T> = T extends unknown ? Omit<T, "id"> : never;
export type Command = Without<Extract<ClientFrame, { id: number }>>;

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

type EndedWhy = "signed_out" | "expired" | "replaced" | "forced" | "not_allowed" | "changed";

const TOLD: Readonly<Record<string, EndedWhy>> = {
  signed_out: "signed_out",
  replaced: "replaced",
  forced: "forced",
  not_allowed: "not_allowed",
  changed: "changed",
};

/** Close codes after which coming back by itself would be wrong. */
const FINAL: Readonly<Record<number, EndedWhy>> = {
  [CLOSE_CODES.not_signed_in]: "expired",
  [CLOSE_CODES.replaced]: "replaced",
  [CLOSE_CODES.not_allowed]: "not_allowed",
};

const REPLY_WITHIN = 8_000;
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
  /** Told after each welcome: what must be said again is said now. */
  readonly onLive?: () => void;
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
  }

  /** Ask the floor for something; settles when it is applied and journalled, or refused. */
  ask(command: Command): Promise<void> {
    const wire = this.#wire;
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
      wire.send(JSON.stringify({ ...command, id }));
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
      const hello = { type: "hello", csrf: this.#options.csrf() } as const;
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
    this.#watch(wire);
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
