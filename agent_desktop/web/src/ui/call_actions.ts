/** What the agent can do with the call in hand, wherever on the page she does it. */
import { callInHand, type Phase, phaseOf } from "../core/selectors.ts";
import { useDesktop, useObservable, useOwn, usePhone } from "./hooks.ts";
import { useTry } from "./tell.ts";

export interface CallActions {
  readonly phase: Phase;
  readonly call: string;
  /** The browser's leg of the call is there, so its buttons work. */
  readonly canAnswer: boolean;
  readonly canTalk: boolean;
  /** The call goes on but its sound has not come back yet, as after a reload. */
  readonly soundMissing: boolean;
  readonly muted: boolean;
  answer(): void;
  decline(): void;
  hangUp(): void;
  toggleHold(): void;
  toggleMute(): void;
  press(key: string): void;
}

export function useCallActions(): CallActions {
  const desktop = useDesktop();
  const own = useOwn();
  const { phone, state } = usePhone();
  const kind = useObservable(desktop.phoneKind);
  const attempt = useTry();
  const phase = phaseOf(own);
  const inCall = phase === "talking" || phase === "held";
  const { ask } = desktop;

  return {
    phase,
    call: callInHand(own),
    canAnswer: phase === "offered" && state.leg === "ringing",
    canTalk: inCall && state.leg === "up",
    soundMissing: inCall && kind !== "desk" && state.leg !== "up",
    muted: state.muted,
    answer: () => {
      if (state.leg === "ringing") void phone?.answer();
    },
    decline: () => {
      if (own.offer === undefined) return;
      void attempt(ask({ type: "refuse_offer", offer: own.offer.offer }));
    },
    hangUp: () => {
      if (own.call === undefined) return;
      // Without the desktop's socket the phone itself can still say goodbye.
      if (desktop.socket.state.get().name !== "live") phone?.hangUp();
      else void attempt(ask({ type: "hang_up", call: own.call.call }));
    },
    toggleHold: () => {
      if (own.call === undefined) return;
      const type = phase === "held" ? "retrieve" : "hold";
      void attempt(ask({ type, call: own.call.call }));
    },
    toggleMute: () => phone?.mute(!state.muted),
    press: (key) => phone?.press(key),
  };
}
