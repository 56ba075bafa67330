/** What the agent can do with the call in hand, wherever on the page she does it. */
import type { PhonePlace } from "../core/desktop.ts";
import { keptDevices, microphoneTrouble, openMicrophone, release } from "../core/media.ts";
import { ownTopic, type Phase, phaseOf } from "../core/selectors.ts";
import { CommandRefused } from "../core/socket.ts";
import { useDesktop, useObservable, useOwn, usePhoneState, useSocketState } from "./hooks.ts";
import { useTry } from "./tell.ts";

export interface CallActions {
  readonly phase: Phase;
  /** The leg of the call is there, in this page or in another, so its buttons work. */
  readonly canAnswer: boolean;
  readonly canTalk: boolean;
  readonly canHold: boolean;
  readonly canDecline: boolean;
  readonly canHangUp: boolean;
  /** The call goes on but its sound has not come back yet, as after a reload. */
  readonly soundMissing: boolean;
  readonly muted: boolean;
  /** Which of the agent's pages has the phone. */
  readonly place: PhonePlace;
  answer(): void;
  decline(): void;
  hangUp(): void;
  toggleHold(): void;
  toggleMute(): void;
  press(key: string): void;
  /** Let this page have the phone; a call that is up goes on here. */
  takePhone(): void;
}

export function useCallActions(): CallActions {
  const desktop = useDesktop();
  const phase = useOwn(phaseOf);
  const leg = usePhoneState((state) => state.leg);
  const muted = usePhoneState((state) => state.muted);
  const kind = useObservable(desktop.phoneKind);
  const place = useObservable(desktop.phonePlace);
  const deaf = useObservable(desktop.ending.deaf);
  const live = useSocketState().name === "live";
  const attempt = useTry();
  const inCall = phase === "talking" || phase === "held";
  const { ask } = desktop;
  // What is done is done to what there is when the button is pressed.
  const own = () => ownTopic(desktop.store.get(), desktop.session.user);
  const phone = () => desktop.phone.get();
  const reached = live || place !== "elsewhere";

  return {
    phase,
    canAnswer: phase === "offered" && leg === "ringing" && reached,
    canTalk: inCall && leg === "up" && reached,
    canHold: inCall && live,
    canDecline: phase === "offered" && live && !deaf,
    canHangUp: inCall && reached && !deaf,
    soundMissing: inCall && kind !== "desk" && leg !== "up",
    muted,
    place,
    answer: () => {
      const answered = leg === "ringing" ? phone()?.answer() : undefined;
      if (answered !== undefined) void attempt(answered);
    },
    decline: () => {
      const { offer } = own();
      if (offer === undefined || desktop.ending.deaf.get()) return;
      void attempt(ask({ type: "refuse_offer", offer: offer.offer }));
    },
    hangUp: () => {
      const { call } = own();
      if (call === undefined || desktop.ending.deaf.get()) return;
      // Without the desktop's socket the phone itself can still say goodbye.
      const away = desktop.socket.state.get().name !== "live";
      if (away && place === "here") phone()?.hangUp();
      else void attempt(ask({ type: "hang_up", call: call.call }));
    },
    toggleHold: () => {
      const { call } = own();
      if (call === undefined) return;
      const type = phase === "held" ? "retrieve" : "hold";
      void attempt(ask({ type, call: call.call }));
    },
    toggleMute: () => phone()?.mute(!muted),
    press: (key) => phone()?.press(key),
    takePhone: () => void attempt(withMicrophone().then(() => desktop.takePhone())),
  };
}

/** A call must not be taken to a page that cannot speak: see that the microphone may be used. */
async function withMicrophone(): Promise<void> {
  try {
    release(await openMicrophone(keptDevices().microphone));
  } catch (error) {
    throw new CommandRefused(`trouble.${microphoneTrouble(error)}`);
  }
}
