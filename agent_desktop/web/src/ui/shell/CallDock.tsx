/**
 * The call in hand on every page and above every dialog: answer, decline, hold, mute, hang up, and
 * the time left for the after-call work.
 *
 * It is in the browser's top layer, so nothing lies over it. On the workspace the softphone does the
 * same while it can be seen.
 */
import { type ReactNode, useEffect, useRef } from "react";
import { createPortal } from "react-dom";
import { type Phase, phaseOf, popInHand } from "../../core/selectors.ts";
import { useCallActions } from "../call_actions.ts";
import { useDesktop, useObservable, useObserved, useOwn, usePhone, useSpeech } from "../hooks.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Elapsed, Phone, Remaining } from "../parts/parts.tsx";
import { Link } from "../router.tsx";
import { keysOf, type ShortcutId, useShortcut } from "../shortcuts.ts";
import { useTry } from "../tell.ts";
import { softphoneShows, useTopModal } from "./dock_place.ts";
import css from "./shell.module.css";

const IN_HAND: ReadonlySet<Phase> = new Set(["offered", "talking", "held", "wrap_up"]);

/** Whether the dock is wanted: a call is in hand and the softphone is not within reach. */
export function useDocked(): boolean {
  const inHand = IN_HAND.has(useOwn(phaseOf));
  const modal = useTopModal();
  const shows = useObservable(softphoneShows);
  return inHand && (!shows || modal !== null);
}

export function CallDock() {
  const modal = useTopModal();
  if (!useDocked()) return null;
  const host = modal ?? document.body;
  return createPortal(<Dock key={modal === null ? "page" : "dialog"} />, host);
}

function Dock() {
  const { t } = useSpeech();
  const actions = useCallActions();
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const dock = place.current;
    if (dock === null || !("showPopover" in dock)) return;
    dock.showPopover();
  }, []);
  return (
    <section
      ref={place}
      popover="manual"
      className={css.dock}
      data-phase={actions.phase}
      aria-label={t("dock.title")}
    >
      <div className={css.dockRow}>
        <Who />
        <div className={css.dockButtons}>
          {actions.phase === "wrap_up" ? <WrapUp /> : <CallButtons />}
        </div>
      </div>
      <Note />
    </section>
  );
}

function Who() {
  const { t } = useSpeech();
  const phase = useOwn(phaseOf);
  const ani = useOwn((own) => (own.call ?? own.offer ?? own.wrap_up)?.ani ?? "");
  const name = useOwn((own) => popInHand(own)?.party?.name ?? "");
  const since = useOwn(({ call, offer }) => call?.connected_at ?? offer?.offered_at ?? "");
  return (
    <div className={css.dockWho}>
      <span className="muted" role="status">
        {t(`phase.${phase}`)}
      </span>
      <Link to="/" className="ellipsis">
        {name === "" ? <Phone number={ani} /> : <bdi>{name}</bdi>}
      </Link>
      {since !== "" && (
        <span className="muted">
          <Elapsed since={since} />
        </span>
      )}
    </div>
  );
}

function CallButtons() {
  const { t } = useSpeech();
  const actions = useCallActions();
  if (actions.phase === "offered") {
    return (
      <>
        <DockButton
          icon="phone"
          kind="answer"
          shortcut="answer"
          disabled={!actions.canAnswer}
          onClick={actions.answer}
        >
          {t("call.answer")}
        </DockButton>
        <DockButton
          icon="hangUp"
          kind="end"
          shortcut="decline"
          deaf={!actions.canDecline}
          onClick={actions.decline}
        >
          {t("call.decline")}
        </DockButton>
      </>
    );
  }
  const held = actions.phase === "held";
  return (
    <>
      <DockButton
        icon={held ? "play" : "pause"}
        shortcut="hold"
        pressed={held}
        disabled={!actions.canHold}
        onClick={actions.toggleHold}
      >
        {t(held ? "call.retrieve" : "call.hold")}
      </DockButton>
      <DockButton
        icon={actions.muted ? "micOff" : "mic"}
        shortcut="mute"
        pressed={actions.muted}
        disabled={!actions.canTalk}
        onClick={actions.toggleMute}
      >
        {t(actions.muted ? "call.unmute" : "call.mute")}
      </DockButton>
      <DockButton
        icon="hangUp"
        kind="end"
        shortcut="hang_up"
        deaf={!actions.canHangUp}
        onClick={actions.hangUp}
      >
        {t("call.hang_up")}
      </DockButton>
    </>
  );
}

/** The time left; the form itself is on the workspace. */
function WrapUp() {
  const { t } = useSpeech();
  const { ask } = useDesktop();
  const attempt = useTry();
  const due = useOwn(({ wrap_up }) => wrap_up?.due ?? "");
  const formIsOpen = useObservable(softphoneShows); // it listens to the key itself
  const extend = () => void attempt(ask({ type: "extend_wrap_up" }));
  useShortcut("extend", extend, !formIsOpen);
  return (
    <>
      <strong role="timer">{due !== "" && <Remaining until={due} />}</strong>
      <DockButton icon="plus" shortcut="extend" onClick={extend}>
        {t("work.extend")}
      </DockButton>
    </>
  );
}

/** What the agent must know of the phone here: where it is, and what is wrong with it. */
function Note() {
  const { t } = useSpeech();
  const desk = useObserved(useDesktop().phoneKind, (kind) => kind === "desk");
  const { phone, state } = usePhone();
  const { phase, place, canAnswer, soundMissing, takePhone } = useCallActions();
  if (phase === "wrap_up") return null;
  if (state.trouble !== "" && place !== "elsewhere") {
    return (
      <div className={css.dockNote} data-tone="red" role="alert">
        {t(`trouble.${state.trouble}`)}
      </div>
    );
  }
  if (state.soundBlocked) {
    return (
      <div className={css.dockNote}>
        <button type="button" className={css.dockButton} onClick={() => void phone?.unblockSound()}>
          {t("phone.unblock")}
        </button>
      </div>
    );
  }
  if (place === "elsewhere" && !desk) {
    return (
      <div className={css.dockNote}>
        {t("phone.elsewhere")}
        {state.trouble !== "" && <span role="alert">{t(`trouble.${state.trouble}`)}</span>}
        {phase !== "offered" && (
          <button type="button" className={css.dockLink} onClick={takePhone}>
            {t("phone.take")}
          </button>
        )}
      </div>
    );
  }
  if (soundMissing) {
    return (
      <div className={css.dockNote} data-tone="amber">
        {t("phone.rejoining")}
      </div>
    );
  }
  if (phase === "offered" && !canAnswer) {
    return (
      <div className={css.dockNote}>{t(desk ? "phone.answer_on_desk" : "phone.will_ring")}</div>
    );
  }
  return null;
}

interface DockButtonProps {
  readonly icon: IconName;
  readonly shortcut: ShortcutId;
  readonly kind?: "answer" | "end";
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  /** Seen but not heard for a moment; it keeps the focus. */
  readonly deaf?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

function DockButton(props: DockButtonProps) {
  const {
    icon,
    shortcut,
    kind,
    pressed,
    disabled = false,
    deaf = false,
    onClick,
    children,
  } = props;
  return (
    <button
      type="button"
      className={css.dockButton}
      data-kind={kind}
      disabled={disabled}
      aria-disabled={deaf}
      aria-pressed={pressed}
      title={keysOf(shortcut).join(" ")}
      onClick={onClick}
    >
      <Icon name={icon} size={18} />
      <span className="ellipsis">{children}</span>
    </button>
  );
}
