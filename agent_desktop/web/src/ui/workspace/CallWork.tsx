/** Note and outcome of the call in hand: written during the call, filed after it. */
import { Button } from "antd";
import { memo, type Ref, useEffect, useRef, useState } from "react";
import { need } from "../../core/api.ts";
import type { CaseLine, WrapUpView } from "../../core/protocol.gen.ts";
import { callInHand, ownTopic, phaseOf, popInHand } from "../../core/selectors.ts";
import { secondsUntil } from "../../core/server_time.ts";
import {
  useClock,
  useDesktop,
  useLatest,
  useObservable,
  useOwn,
  useOwnSoon,
  useSpeech,
} from "../hooks.ts";
import { MainButton } from "../parts/controls.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Card, Keys, Meter, Remaining } from "../parts/parts.tsx";
import { useShortcut } from "../shortcuts.ts";
import { useTry } from "../tell.ts";
import {
  type Draft,
  draftFrom,
  EMPTY,
  forgetDraft,
  formOf,
  keeperOf,
  missingIn,
} from "./drafts.ts";
import { useLastPop } from "./last_pop.ts";
import { OutcomeForm } from "./OutcomeForm.tsx";
import css from "./workspace.module.css";
import { canExtend, useExtend, WARNED } from "./wrap_up.ts";

const NO_CASES: readonly CaseLine[] = [];

/** The keeper of the draft of the call in hand, in step with the other windows. */
function useKeeper(call: string) {
  const { api, store, session } = useDesktop();
  const keeper = keeperOf(call, api, () => {
    const own = ownTopic(store.get(), session.user);
    if (own.draft?.call === call) return draftFrom(own.draft);
    return { ...EMPTY, note: (own.call ?? own.wrap_up)?.note ?? "" };
  });
  const told = useOwn((own) => own.draft);
  useEffect(() => {
    if (told?.call === call) keeper.adopt(draftFrom(told));
  }, [told, call, keeper]);
  useEffect(() => () => keeper.flush(), [keeper]);
  return keeper;
}

export function CallWork() {
  const { t } = useSpeech();
  const { api } = useDesktop();
  const attempt = useTry();
  const phase = useOwn(phaseOf);
  const inCall = phase === "talking" || phase === "held";
  const inHand = useOwn(callInHand);
  const call = inCall || phase === "wrap_up" ? inHand : "";
  const keeper = useKeeper(call);
  const draft = useObservable(keeper.draft);
  const saving = useObservable(keeper.saving);
  const noteBox = useRef<HTMLTextAreaElement>(null);
  const outcomes = useRef<HTMLFieldSetElement>(null);
  const [busy, setBusy] = useState(false);

  const missing = missingIn(draft);
  const finish = useLatest(async () => {
    if (phase !== "wrap_up" || missing !== "" || busy) return;
    setBusy(true);
    keeper.stop();
    const body = formOf(draft);
    const asked = api.POST("/api/calls/{call}/wrap-up", { params: { path: { call } }, body });
    if (await attempt(need(asked))) forgetDraft(call);
    else keeper.resume();
    setBusy(false);
  });

  const enabled = call !== "";
  useShortcut("note", () => noteBox.current?.focus(), enabled);
  useShortcut("disposition", () => focusFirst(outcomes.current), enabled);
  useShortcut("finish", () => void finish(), phase === "wrap_up");

  return (
    <Card
      flush
      title={t(phase === "wrap_up" ? "work.after" : "work.title")}
      className={css.work}
      extra={<span className={css.saved}>{enabled && t(`work.${saving}`)}</span>}
    >
      <div className={css.workBody}>
        <Countdown />
        <Form
          draft={draft}
          onChange={keeper.change}
          enabled={enabled}
          noteBox={noteBox}
          outcomes={outcomes}
        />
        <MainButton
          disabled={phase !== "wrap_up" || missing !== "" || busy}
          onClick={() => void finish()}
        >
          {phase === "wrap_up" && missing !== "" ? (
            t(missing)
          ) : inCall ? (
            t("work.finish_after")
          ) : (
            <>
              <Icon name="check" /> {t("work.finish")} <Keys id="finish" />
            </>
          )}
        </MainButton>
      </div>
    </Card>
  );
}

interface FormProps {
  readonly draft: Draft;
  readonly onChange: (next: Draft) => void;
  readonly enabled: boolean;
  readonly noteBox: Ref<HTMLTextAreaElement>;
  readonly outcomes: Ref<HTMLFieldSetElement>;
}

/** The form with the cases of whoever calls. */
const Form = memo((props: FormProps) => {
  const wrapUpCall = useOwnSoon((own) => own.wrap_up?.call);
  const cases = useLastPop(useOwnSoon(popInHand), wrapUpCall)?.cases ?? NO_CASES;
  return <OutcomeForm {...props} cases={cases} />;
});

function focusFirst(group: HTMLElement | null): void {
  const chosen = group?.querySelector<HTMLInputElement>("input:checked");
  (chosen ?? group?.querySelector<HTMLInputElement>("input"))?.focus();
}

/** Time left for the after-call work; the place is kept when there is none. */
function Countdown() {
  const { t } = useSpeech();
  const wrapUp = useOwn((own) => own.wrap_up);
  if (wrapUp === undefined) {
    return <div className={`${css.countdown} faint`}>{t("work.hint")}</div>;
  }
  return <TimeLeft wrapUp={wrapUp} />;
}

function TimeLeft({ wrapUp }: { readonly wrapUp: WrapUpView }) {
  const { t } = useSpeech();
  const extend = useExtend();
  useShortcut("extend", extend);
  const whole = Math.max(1, (Date.parse(wrapUp.due) - Date.parse(wrapUp.started_at)) / 1000);
  const left = useClock((now) => secondsUntil(wrapUp.due, now));
  return (
    <div className={css.countdown} data-late={left <= WARNED}>
      <span className={css.time} role="timer">
        <Remaining until={wrapUp.due} />
      </span>
      <span className="grow">
        <Meter
          value={left / whole}
          label={t("work.time_left")}
          tone={left <= WARNED ? "red" : "violet"}
        />
      </span>
      <Button
        size="small"
        onClick={extend}
        disabled={!canExtend(wrapUp)}
        title={canExtend(wrapUp) ? undefined : t("work.no_more_time")}
      >
        <Icon name="plus" size={14} /> {t("work.extend")}
      </Button>
    </div>
  );
}
