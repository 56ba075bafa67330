/** What the agent can do with the call in hand, wherever on the page she does it. */
import { ownTopic, type Phase, phaseOf } from "../core/selectors.ts";
import { useDesktop, useObservable, useOwn, usePhoneState } from "./hooks.ts";
import { useTry } from "./tell.ts";

export interface CallActions {
  readonly phase: Phase;
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
  const phase = useOwn(phaseOf);
  const leg = usePhoneState((state) => state.leg);
  const muted = usePhoneState((state) => state.muted);
  const kind = useObservable(desktop.phoneKind);
  const attempt = useTry();
  const inCall = phase === "talking" || phase === "held";
  const { ask } = desktop;
  // What is done is done to what there is when the button is pressed.
  const own = () => ownTopic(desktop.store.get(), desktop.session.user);
  const phone = () => desktop.phone.get();

  return {
    phase,
    canAnswer: phase === "offered" && leg === "ringing",
    canTalk: inCall && leg === "up",
    soundMissing: inCall && kind !== "desk" && leg !== "up",
    muted,
    answer: () => {
      if (leg === "ringing") void phone()?.answer();
    },
    decline: () => {
      const { offer } = own();
      if (offer === undefined) return;
      void attempt(ask({ type: "refuse_offer", offer: offer.offer }));
    },
    hangUp: () => {
      const { call } = own();
      if (call === undefined) return;
      // Without the desktop's socket the phone itself can still say goodbye.
      if (desktop.socket.state.get().name !== "live") phone()?.hangUp();
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
  };
}
