/**
 * Composition of everything without a face: one signed-in user's store, socket, API and phone.
 *
 * Of an agent's open pages one has the phone; the server says which. Here it is kept registered,
 * elsewhere it is shown and asked.
 */

import { type Api, createApi, need, Problem, type Schemas, type Session } from "./api.ts";
import { backoff } from "./backoff.ts";
import { Deafness } from "./deafness.ts";
import { iceServersOf } from "./ice.ts";
import { NO_NAMES, type SiteNames } from "./names.ts";
import { Observable } from "./observable.ts";
import { OtherPhone } from "./other_phone.ts";
import { Patience } from "./patience.ts";
import type { Phone, PhoneAccount } from "./phone.ts";
import type { PhoneAt, PhoneDo } from "./protocol.gen.ts";
import { Rejoiner } from "./rejoin.ts";
import { ownTopic } from "./selectors.ts";
import { ServerTime } from "./server_time.ts";
import { type Clock, type Command, DesktopSocket, systemClock, type Wire } from "./socket.ts";
import { Store } from "./store.ts";

const NAMES_AGAIN = 15_000;

/** What kind of phone she has: none yet, in this browser, or one on her desk. */
export type PhoneKind = "none" | "browser" | "desk" | "failed";

/** Which of the agent's pages has the phone. */
export type PhonePlace = "unknown" | "here" | "elsewhere";

/** How long the floor and Asterisk may differ on a leg; their word comes by different ways. */
const STRAY_FOR = 6_000;
/** How long nothing may get through before a fresh leg is asked for. */
const LOST_FOR = 4_000;
/** How long the floor may call a phone lost that says it is registered. */
const UNHEARD_FOR = 4_000;

export interface DesktopParts {
  readonly session: Session;
  readonly open: () => Wire;
  /** Loaded late, because it is large and not everybody has a phone. */
  readonly loadPhone: () => Promise<Phone>;
  /** This page's own name. */
  readonly page?: string;
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
  /** The phone as this page's buttons know it: our own, or that of another page. */
  readonly phone = new Observable<Phone | null>(null);
  readonly phonePlace = new Observable<PhonePlace>("unknown");
  readonly phoneKind = new Observable<PhoneKind>("none");
  /** Whether what ends a call is deaf just now. */
  readonly ending: Deafness;
  /** What the site calls things; read anew whenever the socket comes up: it may be another day. */
  readonly names = new Observable<SiteNames>(NO_NAMES);
  /** What helps sound through firewalls, as the server described the phone. */
  iceServers: readonly RTCIceServer[] = [];
  readonly #parts: DesktopParts;
  readonly #clock: Clock;
  readonly #rejoiner: Rejoiner;
  readonly #stray: Patience;
  readonly #unheard: Patience;
  readonly #lost: Patience;
  readonly #other: OtherPhone;
  #own: Phone | null = null;
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
      onTime: (now) => this.time.hear(now, this.#clock.now()),
      serverNow: () => this.time.now(this.#clock.now()),
      onLive: () => void this.#readNames(),
      about: () => {
        const place = this.phonePlace.get();
        return { page: parts.page ?? "", phone: place === "unknown" ? "" : place };
      },
      onPhoneAt: (frame) => this.#phoneIsAt(frame),
      onPhoneDo: (wish) => this.#doFor(wish),
    });
    this.#rejoiner = new Rejoiner(
      (call) => void this.ask({ type: "rejoin", call }).catch(() => undefined), // asked again
      this.#clock,
    );
    this.#stray = new Patience(STRAY_FOR, () => this.#own?.hangUp(), this.#clock);
    this.#unheard = new Patience(UNHEARD_FOR, () => this.#registerAgain(), this.#clock);
    this.#lost = new Patience(LOST_FOR, () => this.#own?.drop(), this.#clock);
    this.#other = new OtherPhone((wish) => this.ask({ type: "use_phone", ...wish }));
    this.ending = new Deafness(this.#clock);
    this.store.subscribe(() => {
      this.ending.see(ownTopic(this.store.get(), this.session.user));
      this.#lookForSound();
    });
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
  }

  stop(): void {
    this.#running = false;
    this.#cancelNames();
    this.#stopPhone();
    this.socket.stop();
    this.store.clear();
    this.ending.stop();
  }

  /** Let this page have the phone; a call that is up goes on here. */
  takePhone(): Promise<void> {
    return this.ask({ type: "take_phone" });
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

  /** The server says which page has the phone. */
  #phoneIsAt(frame: PhoneAt): void {
    const before = this.phonePlace.get();
    this.phonePlace.set(frame.here ? "here" : "elsewhere");
    if (frame.here) {
      if (before !== "here") void this.#startPhone();
      else this.#sayPhone();
      return;
    }
    this.#cancelRetry();
    this.#own?.retire();
    this.#other.hear(frame);
    this.phone.set(this.#other);
    this.phoneKind.set(
      frame.line === "desk" ? "desk" : frame.line === "failed" ? "failed" : "browser",
    );
    this.#lookForSound();
  }

  /** Another page of the agent asks our phone. */
  #doFor({ do: wish, key }: PhoneDo): void {
    const phone = this.#own;
    if (phone === null || this.phonePlace.get() !== "here") return;
    if (wish === "answer") void phone.answer();
    else if (wish === "press") phone.press(key);
    else phone.mute(wish === "mute");
  }

  async #startPhone(): Promise<void> {
    this.#cancelRetry();
    try {
      const [phone, view] = await Promise.all([
        this.#own ?? this.#parts.loadPhone(),
        need(this.api.POST("/api/phone")),
      ]);
      if (!this.#mayStart()) return;
      this.#adopt(phone);
      const account = accountOf(view);
      this.iceServers = account.iceServers;
      this.phoneKind.set("browser");
      phone.start(account);
      this.#sayPhone();
    } catch (error) {
      if (!this.#mayStart()) return;
      if (error instanceof Problem && DESK_PHONE.has(error.code)) this.phoneKind.set("desk");
      else {
        this.phoneKind.set("failed");
        this.#startLater();
      }
      this.#sayPhone();
    }
  }

  /** It may have become another page's, or nobody's, while we waited. */
  #mayStart(): boolean {
    return this.#running && this.phonePlace.get() === "here";
  }

  #startLater(): void {
    this.#cancelRetry();
    this.#cancelRetry = this.#clock.after(this.#delays.next().value, () => void this.#startPhone());
  }

  #adopt(phone: Phone): void {
    if (this.#own === null) {
      this.#own = phone;
      phone.state.subscribe(() => {
        this.#lineChanged();
        this.#lookForSound();
      });
    }
    this.phone.set(phone);
  }

  #stopPhone(): void {
    this.#cancelRetry();
    this.#rejoiner.stop();
    this.#stray.stop();
    this.#unheard.stop();
    this.#lost.stop();
    this.phonePlace.set("unknown");
    this.#said = "";
    this.#own?.stop();
  }

  #lookForSound(): void {
    const phone = this.#own?.state.get();
    if (phone === undefined || !this.#running) return;
    const here = this.phonePlace.get() === "here";
    const live = this.socket.state.get().name === "live";
    const { me, call, offer } = ownTopic(this.store.get(), this.session.user);
    const able = live && here && phone.line === "ready";
    this.#rejoiner.see({ able, call: call?.call ?? "", silent: phone.leg === "none" });
    this.#unheard.see(able && me?.phone === false);
    this.#lost.see(able && call !== undefined && phone.leg === "up" && phone.soundLost);
    const known = me === undefined || call !== undefined || offer !== undefined;
    // A leg that another page has taken over from us is ended by Asterisk, if it still hears us.
    const elsewhere = !here && this.#other.state.get().leg === "up";
    this.#stray.see(live && phone.leg !== "none" && (!known || elsewhere));
  }

  /** We say that we are registered and the floor says that we are not: Asterisk decides. */
  #registerAgain(): void {
    this.#own?.register();
    this.#said = "";
    this.#sayPhone();
    this.#lookForSound();
  }

  #lineChanged(): void {
    const line = this.#own?.state.get().line;
    if (line === "ready") this.#delays = backoff(Math.random, { first: 1_000, ceiling: 15_000 });
    if (line !== "connecting" && line !== "off") this.#sayPhone(false);
    // Asterisk was restarted or our secret was replaced: ask for a new one.
    if (line === "refused" && this.#mayStart()) this.#startLater();
  }

  #said = "";

  /** Say how the phone stands; ``again``: even if that was said before. */
  #sayPhone(again = true): void {
    if (this.phonePlace.get() !== "here") return;
    const kind = this.phoneKind.get();
    const state = this.#own?.state.get();
    if (kind === "none" || (kind === "browser" && (state === undefined || !SAYS.has(state.line)))) {
      return;
    }
    const word = {
      registered: kind === "browser" && state?.line === "ready",
      line: kind === "browser" ? (state?.line ?? "") : kind,
      leg: state?.leg ?? "none",
      muted: state?.muted ?? false,
      trouble: state?.trouble ?? "",
    };
    const said = JSON.stringify(word);
    if (said === this.#said && !again) return;
    this.#said = said;
    this.ask({ type: "phone_is", ...word }).catch(() => {
      this.#said = ""; // said again with the next word of the server on where the phone is
    });
  }
}

/** What is worth telling of the phone's line: the others are on the way to one of these. */
const SAYS: ReadonlySet<string> = new Set(["ready", "lost", "refused"]);

/** Problem codes of an agent whose phone is not in the browser. */
const DESK_PHONE: ReadonlySet<string> = new Set(["desk_phone", "no_browser_phone"]);
