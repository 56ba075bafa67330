/** The softphone: always the same buttons in the same places, alive or not. */
import { Button, Popover } from "antd";
import { memo, useDeferredValue, useEffect, useRef, useState } from "react";
import { meterOf } from "../../core/media.ts";
import type { Phone as PhonePort } from "../../core/phone.ts";
import { phaseOf, popInHand } from "../../core/selectors.ts";
import { useCallActions } from "../call_actions.ts";
import { openDialog } from "../dialogs.ts";
import { useDesktop, useObserved, useOwn, useOwnQueue, usePhone, useSpeech } from "../hooks.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Card, Chip, Elapsed, Keys, Meter, Phone, Remaining } from "../parts/parts.tsx";
import { useShowing } from "../shell/dock_place.ts";
import { keysOf, type ShortcutId, useShortcut } from "../shortcuts.ts";
import { Keypad } from "./Keypad.tsx";
import css from "./workspace.module.css";

export function Softphone() {
  const { t } = useSpeech();
  const phase = useOwn(phaseOf);
  const place = useRef<HTMLDivElement>(null);
  useShowing(place);
  return (
    <Card flush className={css.card} label={t("phone.title")}>
      <div className={css.phone} data-phase={phase} ref={place}>
        <div className={`${css.phoneTop} spread`}>
          <strong className="ellipsis">{t(`phase.${phase}`)}</strong>
          <PhaseClock />
        </div>
        <Who />
        <AnswerButtons />
        <Tools />
        <Foot />
      </div>
    </Card>
  );
}

function PhaseClock() {
  const since = useOwn(({ call }) => call?.state_since);
  const until = useOwn(({ offer }) => offer?.expires_at);
  return (
    <span className="muted">
      {since !== undefined ? (
        <Elapsed since={since} />
      ) : (
        until !== undefined && <Remaining until={until} />
      )}
    </span>
  );
}

/** Answer and what ends a call are never in the same place; what ends it is deaf for a moment. */
function AnswerButtons() {
  const { t } = useSpeech();
  const { phase, canAnswer, canDecline, canHangUp, answer, decline, hangUp } = useCallActions();
  const inCall = phase === "talking" || phase === "held";
  return (
    <div className={css.buttons}>
      <button
        type="button"
        className={css.answer}
        disabled={!canAnswer}
        onClick={answer}
        title={keysOf("answer").join(" ")}
      >
        <Icon name="phone" size={18} /> {t("call.answer")}
      </button>
      <button
        type="button"
        className={css.hangUp}
        disabled={phase !== "offered" && !inCall}
        aria-disabled={inCall ? !canHangUp : !canDecline}
        onClick={inCall ? hangUp : decline}
        title={keysOf(inCall ? "hang_up" : "decline").join(" ")}
      >
        <Icon name="hangUp" size={20} /> {t(inCall ? "call.hang_up" : "call.decline")}
      </button>
    </div>
  );
}

function Tools() {
  const { t } = useSpeech();
  const { phase, canTalk, canHold, muted, toggleHold, toggleMute } = useCallActions();
  const held = phase === "held";
  return (
    <div className={css.tools}>
      <Tool
        icon={held ? "play" : "pause"}
        label={t(held ? "call.retrieve" : "call.hold")}
        shortcut="hold"
        pressed={held}
        disabled={!canHold}
        onClick={toggleHold}
      />
      <Tool
        icon={muted ? "micOff" : "mic"}
        label={t(muted ? "call.unmute" : "call.mute")}
        shortcut="mute"
        pressed={muted}
        disabled={!canTalk}
        onClick={toggleMute}
      />
      <KeypadTool canTalk={useDeferredValue(canTalk)} />
      <Tool icon="settings" label={t("call.devices")} onClick={openDialog("phone")} />
    </div>
  );
}

const KeypadTool = memo(({ canTalk }: { readonly canTalk: boolean }) => {
  const { t } = useSpeech();
  const { phone } = useDesktop();
  const [wanted, setWanted] = useState(false);
  const open = wanted && canTalk;
  useShortcut("keypad", () => setWanted(!open), canTalk);
  useEffect(() => {
    if (!canTalk) setWanted(false);
  }, [canTalk]);
  return (
    <Popover
      open={open}
      onOpenChange={setWanted}
      trigger="click"
      placement="bottom"
      content={<Keypad onPress={(key) => phone.get()?.press(key)} />}
    >
      <Tool icon="keypad" label={t("call.keypad")} shortcut="keypad" disabled={!canTalk} />
    </Popover>
  );
});

/** One line for what the phone has to say. */
function Foot() {
  const { t } = useSpeech();
  const desk = useObserved(useDesktop().phoneKind, (kind) => kind === "desk");
  const { phone, state } = usePhone();
  const { phase, place, canAnswer, canTalk, soundMissing, muted, takePhone } = useCallActions();
  if (place === "elsewhere" && !desk) {
    return (
      <div className={css.phoneFoot}>
        {state.trouble !== "" && (
          <span role="alert" style={{ color: "var(--red)" }}>
            {t(`trouble.${state.trouble}`)}
          </span>
        )}
        <span className="spread">
          <span>{t("phone.elsewhere")}</span>
          {phase !== "offered" && (
            <Button size="small" onClick={takePhone}>
              {t("phone.take")}
            </Button>
          )}
        </span>
      </div>
    );
  }
  return (
    <div className={css.phoneFoot}>
      {state.trouble !== "" ? (
        <span role="alert" className="row" style={{ color: "var(--red)" }}>
          <Icon name="alert" /> <span>{t(`trouble.${state.trouble}`)}</span>
        </span>
      ) : state.soundBlocked ? (
        <Button size="small" block onClick={() => void phone?.unblockSound()}>
          <Icon name="speaker" /> {t("phone.unblock")}
        </Button>
      ) : soundMissing ? (
        <span className="row" style={{ color: "var(--amber)" }}>
          <Icon name="alert" /> {t("phone.rejoining")}
        </span>
      ) : canTalk && phone !== null ? (
        <Sound phone={phone} muted={muted} quality={state.quality} />
      ) : phase === "offered" && desk ? (
        <span>{t("phone.answer_on_desk")}</span>
      ) : phase === "offered" && !canAnswer ? (
        <span>{t("phone.will_ring")}</span>
      ) : phase === "offered" ? (
        <span className="row">
          <Keys id="answer" /> {t("call.answer")} <span className="grow" /> <Keys id="decline" />{" "}
          {t("call.decline")}
        </span>
      ) : (
        <span className="faint">{t(desk ? "line.desk" : `line.${state.line}`)}</span>
      )}
    </div>
  );
}

/** Who the call is with, or a dash in the same place. */
function Who() {
  const { t } = useSpeech();
  const ani = useOwn((own) => (own.call ?? own.offer ?? own.wrap_up)?.ani);
  const queue = useOwnQueue((own) => own.call ?? own.offer);
  const name = useOwn((own) => popInHand(own)?.party?.name ?? "");
  if (ani === undefined) {
    return (
      <div className={css.caller}>
        <span className={`${css.callerName} faint`}>{t("phone.nobody")}</span>
        <span className="faint">{t("phone.nobody_hint")}</span>
      </div>
    );
  }
  return (
    <div className={css.caller}>
      <span className={`${css.callerName} ellipsis`}>
        {name === "" ? <Phone number={ani} /> : <bdi>{name}</bdi>}
      </span>
      <span className="row muted">
        {name !== "" && <Phone number={ani} />}
        {queue !== "" && <Chip>{queue}</Chip>}
      </span>
    </div>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly shortcut?: ShortcutId;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly onClick?: () => void;
  /** Given by a popover that hangs on the button. */
  readonly className?: string;
}

function Tool(props: ToolProps) {
  const { icon, label, shortcut, pressed, disabled = false, onClick, className, ...rest } = props;
  return (
    <button
      type="button"
      className={className === undefined ? css.tool : `${css.tool} ${className}`}
      disabled={disabled}
      aria-pressed={pressed}
      title={shortcut === undefined ? label : `${label} (${keysOf(shortcut).join(" ")})`}
      onClick={onClick}
      {...rest}
    >
      <Icon name={icon} size={18} />
      <span className="ellipsis">{label}</span>
    </button>
  );
}

interface SoundProps {
  readonly phone: PhonePort;
  readonly muted: boolean;
  readonly quality: string;
}

/** The microphone's level and how the call sounds. */
function Sound({ phone, muted, quality }: SoundProps) {
  const { t } = useSpeech();
  const level = useLevel(phone.microphone());
  return (
    <>
      <span className="spread">
        <span>{t(muted ? "phone.muted" : "phone.microphone")}</span>
        <span className="faint">{t(`quality.${quality}`)}</span>
      </span>
      <Meter value={muted ? 0 : level} label={t("phone.microphone")} />
    </>
  );
}

const LEVEL_EVERY = 90;

/** A stream's loudness, about eleven times a second. */
export function useLevel(stream: MediaStream | null): number {
  const [level, setLevel] = useState(0);
  useEffect(() => {
    if (stream === null) return;
    const meter = meterOf(stream);
    const timer = setInterval(() => setLevel(meter.level()), LEVEL_EVERY);
    return () => {
      clearInterval(timer);
      meter.stop();
    };
  }, [stream]);
  return level;
}
