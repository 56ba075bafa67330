/** The softphone: always the same buttons in the same places, alive or not. */
import { Button, Popover } from "antd";
import { useEffect, useState } from "react";
import { meterOf } from "../../core/media.ts";
import type { Phone as PhonePort } from "../../core/phone.ts";
import { popInHand } from "../../core/selectors.ts";
import { useCallActions } from "../call_actions.ts";
import { openDialog } from "../dialogs.ts";
import { useDesktop, useObservable, useOwn, usePhone, useSpeech } from "../hooks.ts";
import { Icon, type IconName } from "../parts/Icon.tsx";
import { Card, Chip, Elapsed, Keys, Meter, Phone, Remaining } from "../parts/parts.tsx";
import { keysOf, type ShortcutId, useShortcut } from "../shortcuts.ts";
import { Keypad } from "./Keypad.tsx";
import css from "./workspace.module.css";

export function Softphone() {
  const { t } = useSpeech();
  const desktop = useDesktop();
  const own = useOwn();
  const { phone, state } = usePhone();
  const desk = useObservable(desktop.phoneKind) === "desk";
  const actions = useCallActions();
  const { phase } = actions;
  const [keypad, setKeypad] = useState(false);
  const inCall = phase === "talking" || phase === "held";
  useShortcut("keypad", () => setKeypad((open) => !open), actions.canTalk);
  useEffect(() => {
    if (!actions.canTalk) setKeypad(false);
  }, [actions.canTalk]);

  return (
    <Card flush className={css.card} label={t("phone.title")}>
      <div className={css.phone} data-phase={phase}>
        <div className={`${css.phoneTop} spread`}>
          <strong className="ellipsis">{t(`phase.${phase}`)}</strong>
          <span className="muted">
            {own.call !== undefined && <Elapsed since={own.call.state_since} />}
            {own.call === undefined && own.offer !== undefined && (
              <Remaining until={own.offer.expires_at} />
            )}
          </span>
        </div>
        <Who />
        <div className={css.buttons}>
          {inCall ? (
            <button type="button" className={`${css.hangUp} ${css.wide}`} onClick={actions.hangUp}>
              <Icon name="hangUp" size={20} /> {t("call.hang_up")}
            </button>
          ) : (
            <>
              <button
                type="button"
                className={css.answer}
                disabled={!actions.canAnswer}
                onClick={actions.answer}
                title={keysOf("answer").join(" ")}
              >
                <Icon name="phone" size={18} /> {t("call.answer")}
              </button>
              <button
                type="button"
                className={css.hangUp}
                disabled={phase !== "offered"}
                onClick={actions.decline}
                title={keysOf("decline").join(" ")}
              >
                <Icon name="hangUp" size={20} /> {t("call.decline")}
              </button>
            </>
          )}
        </div>
        <div className={css.tools}>
          <Tool
            icon={phase === "held" ? "play" : "pause"}
            label={t(phase === "held" ? "call.retrieve" : "call.hold")}
            shortcut="hold"
            pressed={phase === "held"}
            disabled={!inCall}
            onClick={actions.toggleHold}
          />
          <Tool
            icon={actions.muted ? "micOff" : "mic"}
            label={t(actions.muted ? "call.unmute" : "call.mute")}
            shortcut="mute"
            pressed={actions.muted}
            disabled={!actions.canTalk}
            onClick={actions.toggleMute}
          />
          <Popover
            open={keypad}
            onOpenChange={(open) => setKeypad(open && actions.canTalk)}
            trigger="click"
            placement="bottom"
            content={<Keypad onPress={actions.press} />}
          >
            <Tool
              icon="keypad"
              label={t("call.keypad")}
              shortcut="keypad"
              disabled={!actions.canTalk}
            />
          </Popover>
          <Tool icon="settings" label={t("call.devices")} onClick={openDialog("phone")} />
        </div>
        <div className={css.phoneFoot}>
          {state.trouble !== "" ? (
            <span role="alert" className="row" style={{ color: "var(--red)" }}>
              <Icon name="alert" /> <span>{t(`trouble.${state.trouble}`)}</span>
            </span>
          ) : state.soundBlocked ? (
            <Button size="small" block onClick={() => void phone?.unblockSound()}>
              <Icon name="speaker" /> {t("phone.unblock")}
            </Button>
          ) : actions.soundMissing ? (
            <span className="row" style={{ color: "var(--amber)" }}>
              <Icon name="alert" /> {t("phone.rejoining")}
            </span>
          ) : actions.canTalk && phone !== null ? (
            <Sound phone={phone} muted={actions.muted} quality={state.quality} />
          ) : phase === "offered" && desk ? (
            <span>{t("phone.answer_on_desk")}</span>
          ) : phase === "offered" && !actions.canAnswer ? (
            <span>{t("phone.will_ring")}</span>
          ) : phase === "offered" ? (
            <span className="row">
              <Keys id="answer" /> {t("call.answer")} <span className="grow" />{" "}
              <Keys id="decline" /> {t("call.decline")}
            </span>
          ) : (
            <span className="faint">{t(desk ? "line.desk" : `line.${state.line}`)}</span>
          )}
        </div>
      </div>
    </Card>
  );
}

/** Who the call is with, or a dash in the same place. */
function Who() {
  const { t } = useSpeech();
  const own = useOwn();
  const ani = own.call?.ani ?? own.offer?.ani ?? own.wrap_up?.ani;
  const pop = popInHand(own);
  const queue = own.call?.queue_name ?? own.offer?.queue_name ?? "";
  const name = pop?.party?.name ?? "";
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
}

function Tool({ icon, label, shortcut, pressed, disabled = false, onClick, ...rest }: ToolProps) {
  return (
    <button
      type="button"
      className={css.tool}
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
