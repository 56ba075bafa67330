/** Bindings between the framework-free core and React. */
import {
  createContext,
  startTransition,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from "react";
import type { Desktop } from "../core/desktop.ts";
import type { Formats } from "../core/formats.ts";
import { type Names, namesIn } from "../core/names.ts";
import { Observable } from "../core/observable.ts";
import { PHONE_OFF, type Phone, type PhoneState } from "../core/phone.ts";
import type { AgentTopic } from "../core/protocol.gen.ts";
import { ownTopic } from "../core/selectors.ts";
import type { SocketState } from "../core/socket.ts";
import type { Topics } from "../core/store.ts";
import type { Words } from "../core/words.ts";

/** The value of an observable, kept current. */
export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, observable.get);
}

/** What is read from an observable's value; only a change of that renders again. */
export function useObserved<T, P>(observable: Observable<T>, read: (value: T) => P): P {
  return useSyncExternalStore(observable.subscribe, () => read(observable.get()));
}

export interface Speech extends Words {
  readonly formats: Formats;
}

export const SpeechContext = createContext<Speech | null>(null);

/** Texts and formats of the page's language. */
export function useSpeech(): Speech {
  const speech = useContext(SpeechContext);
  if (speech === null) throw new Error("no language is loaded");
  return speech;
}

export const DesktopContext = createContext<Desktop | null>(null);

/** The signed-in user's desktop. */
export function useDesktop(): Desktop {
  const desktop = useContext(DesktopContext);
  if (desktop === null) throw new Error("nobody is signed in");
  return desktop;
}

/** What the site calls queues, skills and numbers in the page's language. */
export function useNames(): Names {
  const { language } = useSpeech();
  const site = useObservable(useDesktop().names);
  return useMemo(() => namesIn(language, site), [language, site]);
}

/** A part of the store; ``select`` must return the same object for the same topics. */
export function useStore<T>(select: (topics: Topics) => T): T {
  const { store } = useDesktop();
  return useSyncExternalStore(store.subscribe, () => select(store.get()));
}

/**
 * As ``useStore``, for what may come a moment later than the rest: its rendering is interrupted by
 * whatever is urgent, such as who is calling.
 */
export function useStoreSoon<T>(select: (topics: Topics) => T): T {
  const { store } = useDesktop();
  const [value, setValue] = useState(() => select(store.get()));
  const take = useLatest(() => setValue(() => select(store.get())));
  useEffect(() => {
    take();
    return store.subscribe(() => startTransition(take));
  }, [store, take]);
  return value;
}

/**
 * A part of what concerns the agent herself; only its change renders again, so ``read`` must
 * return the same object for the same topic.
 */
export function useOwn<T>(read: (own: AgentTopic) => T): T {
  const { session } = useDesktop();
  return useStore((topics) => read(ownTopic(topics, session.user)));
}

/** As ``useOwn``, for what may come a moment later. */
export function useOwnSoon<T>(read: (own: AgentTopic) => T): T {
  const { session } = useDesktop();
  return useStoreSoon((topics) => read(ownTopic(topics, session.user)));
}

/** The name of the queue of the call that ``read`` picks; "" when there is none. */
export function useOwnQueue(
  read: (own: AgentTopic) => { readonly queue: string; readonly queue_name: string } | undefined,
): string {
  const names = useNames();
  const id = useOwn((own) => read(own)?.queue ?? "");
  const plain = useOwn((own) => read(own)?.queue_name ?? "");
  return id === "" ? plain : names.queue(id, plain);
}

export function useSocketState(): SocketState {
  return useObservable(useDesktop().socket.state);
}

const NO_PHONE = new Observable<PhoneState>(PHONE_OFF);

/** The phone in this browser, once it is loaded, and its state. */
export function usePhone(): { readonly phone: Phone | null; readonly state: PhoneState } {
  const phone = useObservable(useDesktop().phone);
  return { phone, state: useObservable(phone?.state ?? NO_PHONE) };
}

/** A part of the phone's state; only its change renders again. */
export function usePhoneState<T>(read: (state: PhoneState) => T): T {
  const phone = useObservable(useDesktop().phone);
  return useObserved(phone?.state ?? NO_PHONE, read);
}

/** One tick a second for all the clocks of the page, on the second. */
const seconds = new Observable(0);
let ticking = 0;
let timer: ReturnType<typeof setInterval> | undefined;
const subscribeTicks = (reader: () => void): (() => void) => {
  if (ticking++ === 0) timer = setInterval(() => seconds.set(seconds.get() + 1), 1_000);
  const leave = seconds.subscribe(reader);
  return () => {
    leave();
    if (--ticking === 0) clearInterval(timer);
  };
};

/** The server's time now, renewed every second. */
export function useNow(): number {
  const desktop = useContext(DesktopContext);
  useSyncExternalStore(subscribeTicks, seconds.get);
  return desktop?.time.now() ?? Date.now();
}

/** What is read from the server's time, every second; only its change renders again. */
export function useClock<T extends string | number | boolean>(read: (now: number) => T): T {
  const desktop = useContext(DesktopContext);
  return useSyncExternalStore(subscribeTicks, () => read(desktop?.time.now() ?? Date.now()));
}

/** The value as it was when it last stayed unchanged for a while. */
export function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const waiting = setTimeout(() => setSettled(value), ms);
    return () => clearTimeout(waiting);
  }, [value, ms]);
  return settled;
}

/** A function that is always the newest one but never changes its identity. */
export function useLatest<A extends unknown[], R>(run: (...args: A) => R): (...args: A) => R {
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  const [stable] = useState(
    () =>
      (...args: A) =>
        latest.current(...args),
  );
  return stable;
}

const AWAY_AFTER = 1_200;

/** Whether what is shown is not live; at once when the browser says that the network is gone. */
export function useAway(): boolean {
  const { name } = useSocketState();
  const away = useSettled(name !== "live", AWAY_AFTER);
  return name !== "live" && (away || !navigator.onLine);
}
