/**
 * The softphone as the rest of the page sees it: a small state machine and a port.
 *
 * ``JsSipPhone`` is the adapter; the caller page and the agent's page use the same port.
 */
import type { Observable } from "./observable.ts";

/** The phone's own line to Asterisk. */
export type Line = "off" | "connecting" | "ready" | "lost" | "refused";

/** The one call it can carry. */
export type Leg = "none" | "ringing" | "answering" | "dialling" | "up";

/** Why sound does not work or a call did not come about; has a text in the catalogues. */
export type PhoneTrouble =
  | ""
  | "mic_denied"
  | "mic_missing"
  | "mic_failed"
  | "media_failed"
  | "busy"
  | "rejected"
  | "not_found"
  | "unavailable"
  | "call_failed";

export type Quality = "unknown" | "good" | "fair" | "poor";

export interface PhoneState {
  readonly line: Line;
  readonly leg: Leg;
  readonly muted: boolean;
  readonly trouble: PhoneTrouble;
  /** The browser will not play sound before the user touches the page. */
  readonly soundBlocked: boolean;
  readonly quality: Quality;
  /** Nothing gets through to the other end any more, as after a change of the network. */
  readonly soundLost: boolean;
  /** This leg takes the place of one that a reload cut off. */
  readonly rejoined: boolean;
  /** When the leg came up, by this machine's clock. */
  readonly upSince: number | null;
}

export const PHONE_OFF: PhoneState = {
  line: "off",
  leg: "none",
  muted: false,
  trouble: "",
  soundBlocked: false,
  quality: "unknown",
  soundLost: false,
  rejoined: false,
  upSince: null,
};

export type PhoneEvent =
  | { readonly type: "line"; readonly line: Line }
  | { readonly type: "rung"; readonly rejoin: boolean }
  | { readonly type: "answering" }
  | { readonly type: "dialling" }
  | { readonly type: "up"; readonly at: number }
  | { readonly type: "over"; readonly trouble: PhoneTrouble }
  | { readonly type: "muted"; readonly muted: boolean }
  | { readonly type: "trouble"; readonly trouble: PhoneTrouble }
  | { readonly type: "sound"; readonly blocked: boolean }
  | { readonly type: "quality"; readonly quality: Quality }
  | { readonly type: "connection"; readonly lost: boolean };

/** Which events a leg listens to; the others leave the state as it is. */
const LEG_EDGES: Readonly<Record<Leg, Partial<Record<PhoneEvent["type"], Leg>>>> = {
  none: { rung: "ringing", dialling: "dialling" },
  ringing: { answering: "answering", up: "up", over: "none" },
  answering: { up: "up", over: "none" },
  dialling: { up: "up", over: "none" },
  up: { over: "none" },
};

/** The phone's state after an event; the same object when the event says nothing new. */
export function phoneAfter(state: PhoneState, event: PhoneEvent): PhoneState {
  switch (event.type) {
    case "line":
      return state.line === event.line ? state : { ...state, line: event.line };
    case "muted":
      return state.leg === "up" ? { ...state, muted: event.muted } : state;
    case "trouble":
      // She may try again to answer, once the microphone is allowed.
      return {
        ...state,
        leg: state.leg === "answering" ? "ringing" : state.leg,
        trouble: event.trouble,
      };
    case "sound":
      return { ...state, soundBlocked: event.blocked };
    case "quality":
      return state.leg === "up" ? { ...state, quality: event.quality } : state;
    case "connection":
      return event.lost === state.soundLost ? state : { ...state, soundLost: event.lost };
  }
  const leg = LEG_EDGES[state.leg][event.type];
  if (leg === undefined) return state;
  switch (event.type) {
    case "rung":
      return { ...fresh(state), leg, rejoined: event.rejoin };
    case "dialling":
      return { ...fresh(state), leg };
    case "answering":
      return { ...state, leg };
    case "up":
      return { ...state, leg, upSince: event.at };
    case "over":
      return { ...fresh(state), leg, trouble: event.trouble };
  }
}

function fresh({ line }: PhoneState): PhoneState {
  return { ...PHONE_OFF, line };
}

export interface PhoneAccount {
  readonly user: string;
  readonly password: string;
  readonly domain: string;
  readonly displayName: string;
  readonly iceServers: readonly RTCIceServer[];
  /** Where the SIP websocket is, on this origin. */
  readonly path: string;
}

/** Which devices to use; "" is the browser's choice. */
export interface Devices {
  readonly microphone: string;
  readonly speaker: string;
}

/** A phone with one line and at most one call. */
export interface Phone {
  readonly state: Observable<PhoneState>;
  /** Register; a leg that is up stays up, whatever account the phone had before. */
  start(account: PhoneAccount): void;
  /** Register once more: the server may have forgotten us. */
  register(): void;
  /** Take no more calls, and stop when the one that is there is over: another page rings now. */
  retire(): void;
  /** Forget the leg without ending its call: a fresh one is asked for. */
  drop(): void;
  /** Stop at once, and end the call. */
  stop(): void;
  answer(): Promise<void>;
  dial(number: string): Promise<void>;
  hangUp(): void;
  mute(on: boolean): void;
  press(key: string): void;
  use(devices: Devices): Promise<void>;
  /** Try again to play sound, from within a click. */
  unblockSound(): Promise<void>;
  /** The microphone while a call is up or being set up, for a level meter. */
  microphone(): MediaStream | null;
}
