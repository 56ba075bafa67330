/**
 * Composition of everything without a face: one signed-in user's store, socket, API and phone.
 *
 * Keeps the phone registered while the desktop is live, and says so to the floor.
 */

import { type Api, createApi, need, Problem, type Schemas, type Session } from "./api.ts";
import { backoff } from "./backoff.ts";
import { iceServersOf } from "./ice.ts";
import { NO_NAMES, type SiteNames } from "./names.ts";
import { Observable } from "./observable.ts";
import type { Phone, PhoneAccount } from "./phone.ts";
import { Rejoiner } from "./rejoin.ts";
import { ownTopic } from "./selectors.ts";
import { ServerTime } from "./server_time.ts";
import { type Clock, type Command, DesktopSocket, systemClock, type Wire } from "./socket.ts";
import { Store } from "./store.ts";
import { StrayLeg } from "./stray_leg.ts";

const NAMES_AGAIN = 15_000;

/** What kind of phone she has: none yet, in this browser, or one on her desk. */
export type PhoneKind = "none" | "browser" | "desk" | "failed";

export interface DesktopParts {
  readonly session: Session;
  readonly open: () => Wire;
  /** Loaded late, because it is large and not everybody has a phone. */
  readonly loadPhone: () => Promise<Phone>;
  readonly clock?: Clock;
  readonly fetcher?: typeof fetch;
}

/** How the server's description of a phone becomes an account. */
export function accountOf(view: Schemas["PhoneView"]): PhoneAccount {
  return {
    user: view.sip_user,
    password: view.password,
    domain: view.domain,
    displayName: view.display_name,
    iceServers: iceServersOf(view.ice_servers),
    path: view.ws_path,
  };
}

export class Desktop {
  readonly session: Session;
  readonly store = new Store();
  readonly time = new ServerTime();
  readonly api: Api;
  readonly socket: DesktopSocket;
  readonly phone = new Observable<Phone | null>(null);
  readonly phoneKind = new Observable<PhoneKind>("none");
  /** What the site calls things; read anew whenever the socket comes up: it may be another day. */
  readonly names = new Observable<SiteNames>(NO_NAMES);
  /** What helps sound through firewalls, as the server described the phone. */
  iceServers: readonly RTCIceServer[] = [];
  readonly #parts: DesktopParts;
  readonly #clock: Clock;
  readonly #rejoiner: Rejoiner;
  readonly #stray: StrayLeg;
  #delays = backoff(Math.random, { first: 1_000, ceiling: 15_000 });
  #cancelRetry: () => void = () => undefined;
  #cancelNames: () => void = () => undefined;
  #running = false;

  constructor(parts: DesktopParts) {
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.session = parts.session;
    this.api = createApi(() => parts.session.csrf, parts.fetcher);
    this.socket = new DesktopSocket({
      open: parts.open,
      store: this.store,
      csrf: () => parts.session.csrf,
      clock: this.#clock,
      onTime: (now) => this.time.hear(now),
      onLive: () => {
        this.#sayPhone();
        void this.#readNames();
      },
    });
    this.#rejoiner = new Rejoiner(
      (call) => void this.ask({ type: "rejoin", call }).catch(() => undefined), // asked again
      this.#clock,
    );
    this.#stray = new StrayLeg(() => this.phone.get()?.hangUp(), this.#clock);
    this.store.subscribe(() => this.#lookForSound());
    this.socket.state.subscribe(() => {
      if (this.socket.state.get().name === "ended") this.#stopPhone();
      this.#lookForSound();
    });
  }

  get takesCalls(): boolean {
    return this.session.roles.includes("agent");
  }

  start(): void {
    this.#running = true;
    this.socket.start();
    if (this.takesCalls) void this.#startPhone();
  }

  stop(): void {
    this.#running = false;
    this.#cancelNames();
    this.#stopPhone();
    this.socket.stop();
    this.store.clear();
  }

  /** Take over from another window that took over from us. */
  resume(): void {
    this.start();
  }

  readonly ask = (command: Command): Promise<void> => this.socket.ask(command);

  async #readNames(): Promise<void> {
    this.#cancelNames();
    const again = this.#clock.after(NAMES_AGAIN, () => void this.#readNames());
    this.#cancelNames = again;
    try {
      const names = await need(this.api.GET("/api/names"));
      again();
      this.names.set(names);
    } catch {
      // Asked again; meanwhile the names that come with the live values are shown.
    }
  }

  async #startPhone(): Promise<void> {
    this.#cancelRetry();
    try {
      const [phone, view] = await Promise.all([
        this.phone.get() ?? this.#parts.loadPhone(),
        need(this.api.POST("/api/phone")),
      ]);
      if (!this.#running) return;
      if (this.phone.get() === null) {
        this.phone.set(phone);
        phone.state.subscribe(() => {
          this.#lineChanged();
          this.#lookForSound();
        });
      }
      const account = accountOf(view);
      this.iceServers = account.iceServers;
      this.phoneKind.set("browser");
      phone.start(account);
    } catch (error) {
      if (!this.#running) return;
      if (error instanceof Problem && DESK_PHONE.has(error.code)) {
        this.phoneKind.set("desk");
        return;
      }
      this.phoneKind.set("failed");
      this.#cancelRetry = this.#clock.after(
        this.#delays.next().value,
        () => void this.#startPhone(),
      );
    }
  }

  #stopPhone(): void {
    this.#cancelRetry();
    this.#rejoiner.stop();
    this.#stray.stop();
    this.phone.get()?.stop();
  }

  #lookForSound(): void {
    const phone = this.phone.get()?.state.get();
    if (phone === undefined || !this.#running) return;
    const live = this.socket.state.get().name === "live";
    const { me, call, offer } = ownTopic(this.store.get(), this.session.user);
    this.#rejoiner.see({
      able: live && phone.line === "ready",
      call: call?.call ?? "",
      silent: phone.leg === "none",
    });
    const known = me === undefined || call !== undefined || offer !== undefined;
    this.#stray.see(live && !known && phone.leg !== "none");
  }

  #saidLine: boolean | null = null;

  #lineChanged(): void {
    const line = this.phone.get()?.state.get().line;
    const registered = line === "ready";
    if (registered) this.#delays = backoff(Math.random, { first: 1_000, ceiling: 15_000 });
    if (registered !== this.#saidLine && line !== "connecting" && line !== "off") this.#sayPhone();
    if (line === "refused") {
      // Asterisk was restarted or our secret was replaced: ask for a new one.
      this.#cancelRetry();
      this.#cancelRetry = this.#clock.after(
        this.#delays.next().value,
        () => void this.#startPhone(),
      );
    }
  }

  #sayPhone(): void {
    const phone = this.phone.get();
    if (phone === null || this.phoneKind.get() !== "browser") return;
    const { line } = phone.state.get();
    if (line === "connecting" || line === "off") return;
    this.#saidLine = line === "ready";
    this.ask({ type: "phone_is", registered: this.#saidLine }).catch(() => {
      this.#saidLine = null; // said again with the next welcome
    });
  }
}

/** Problem codes of an agent whose phone is not in the browser. */
const DESK_PHONE: ReadonlySet<string> = new Set(["desk_phone", "no_browser_phone"]);
