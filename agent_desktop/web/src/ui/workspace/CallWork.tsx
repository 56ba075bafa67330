/** Note and outcome: written during the call, finished after it. */
import { Button, Input } from "antd";
import { memo, useRef, useState } from "react";
import { need } from "../../core/api.ts";
import { Observable } from "../../core/observable.ts";
import type { CaseLine, WrapUpView } from "../../core/protocol.gen.ts";
import { callInHand, ownTopic, phaseOf, popInHand } from "../../core/selectors.ts";
import { secondsUntil } from "../../core/server_time.ts";
import { useDispositions } from "../customers/queries.ts";
import {
  useClock,
  useDesktop,
  useLatest,
  useObservable,
  useOwn,
  useOwnSoon,
  useSpeech,
} from "../hooks.ts";
import { Check, Choice, MainButton, TextArea } from "../parts/controls.tsx";
import { Icon } from "../parts/Icon.tsx";
import { Card, Field, Keys, Meter, Remaining } from "../parts/parts.tsx";
import { useShortcut } from "../shortcuts.ts";
import { useTry } from "../tell.ts";
import { DueChoice } from "./DueChoice.tsx";
import { type Draft, draftOf, type FollowUp, forgetDraft } from "./drafts.ts";
import { useLastPop } from "./last_pop.ts";
import { useNoteSaver } from "./note_saver.ts";
import css from "./workspace.module.css";

const NO_CASES: readonly CaseLine[] = [];
const NO_DRAFT = new Observable<Draft>(draftOf("", () => "").get());

export function CallWork() {
  const { t } = useSpeech();
  const { api, store, session } = useDesktop();
  const attempt = useTry();
  const phase = useOwn(phaseOf);
  const inCall = phase === "talking" || phase === "held";
  const inHand = useOwn(callInHand);
  const call = inCall || phase === "wrap_up" ? inHand : "";
  const noted = () => {
    const own = ownTopic(store.get(), session.user);
    return (own.call ?? own.wrap_up)?.note ?? "";
  };
  const kept = call === "" ? NO_DRAFT : draftOf(call, noted);
  const draft = useObservable(kept);
  const set = useLatest((change: Partial<Draft>) => kept.set({ ...kept.get(), ...change }));
  const saving = useNoteSaver(call, draft.note);
  const dispositions = useDispositions().data?.items ?? [];
  const noteBox = useRef<HTMLTextAreaElement>(null);
  const outcomes = useRef<HTMLFieldSetElement>(null);
  const [busy, setBusy] = useState(false);

  const missing =
    draft.disposition === ""
      ? "work.choose_outcome"
      : draft.followUp === "case" && draft.subject.trim() === ""
        ? "work.subject_missing"
        : draft.followUp === "callback" && draft.dueAt === ""
          ? "work.due_missing"
          : "";
  const finish = useLatest(async () => {
    if (phase !== "wrap_up" || missing !== "" || busy) return;
    setBusy(true);
    saving.stop();
    const body = {
      disposition: draft.disposition,
      note: draft.note,
      follow_up: draft.followUp,
      subject: draft.followUp === "" ? "" : draft.subject.trim(),
      due_at: draft.followUp === "" || draft.dueAt === "" ? null : draft.dueAt,
      case_id: draft.caseId === "" ? null : draft.caseId,
    };
    const asked = api.POST("/api/calls/{call}/wrap-up", { params: { path: { call } }, body });
    if (await attempt(need(asked))) forgetDraft(call);
    setBusy(false);
  });

  const enabled = call !== "";
  useShortcut("note", () => noteBox.current?.focus(), enabled);
  useShortcut("disposition", () => focusFirst(outcomes.current), enabled);
  useShortcut("finish", () => void finish(), phase === "wrap_up");

  const chooseOutcome = useLatest((code: string, followUp: string) =>
    set({
      disposition: code,
      followUp: draft.followUp === "" ? asFollowUp(followUp) : draft.followUp,
    }),
  );
  const chooseCase = useLatest((caseId: string) => set({ caseId }));

  return (
    <Card
      flush
      title={t(phase === "wrap_up" ? "work.after" : "work.title")}
      className={css.work}
      extra={<span className={css.saved}>{enabled && t(`work.${saving.state}`)}</span>}
    >
      <div className={css.workBody}>
        <Countdown />
        <TextArea
          ref={noteBox}
          rows={5}
          maxLength={8000}
          disabled={!enabled}
          aria-label={t("work.note")}
          placeholder={t(enabled ? "work.note" : "work.idle")}
          value={draft.note}
          onChange={(event) => set({ note: event.target.value })}
        />
        <fieldset className={css.outcomes} ref={outcomes} disabled={!enabled}>
          <legend className="sr-only">{t("work.outcome")}</legend>
          {dispositions.map((item) => (
            <Outcome
              key={item.code}
              code={item.code}
              labelKey={item.label_key}
              followUp={item.follow_up}
              checked={draft.disposition === item.code}
              onChoose={chooseOutcome}
            />
          ))}
        </fieldset>
        <CaseChoice enabled={enabled} value={draft.caseId} onChange={chooseCase} />
        <div className="row" style={{ flexWrap: "wrap" }}>
          {(["case", "callback"] as const).map((kind) => (
            <Check
              key={kind}
              disabled={!enabled}
              checked={draft.followUp === kind}
              onChange={(checked) => set({ followUp: checked ? kind : "" })}
            >
              {t(`work.follow_${kind}`)}
            </Check>
          ))}
        </div>
        {draft.followUp !== "" && enabled && (
          <>
            <Input
              maxLength={200}
              aria-label={t("work.subject")}
              placeholder={t("work.subject")}
              value={draft.subject}
              onChange={(event) => set({ subject: event.target.value })}
            />
            <DueChoice
              value={draft.dueAt}
              required={draft.followUp === "callback"}
              onChange={(dueAt) => set({ dueAt })}
            />
          </>
        )}
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

interface CaseChoiceProps {
  readonly enabled: boolean;
  readonly value: string;
  readonly onChange: (caseId: string) => void;
}

/** Which of her cases the call was about. */
const CaseChoice = memo(({ enabled, value, onChange }: CaseChoiceProps) => {
  const { t } = useSpeech();
  const wrapUpCall = useOwnSoon((own) => own.wrap_up?.call);
  const cases = useLastPop(useOwnSoon(popInHand), wrapUpCall)?.cases ?? NO_CASES;
  const options = [
    { value: "", label: t("work.no_case") },
    ...cases.map(({ id, subject, number }) => ({ value: id, label: `${subject} · ${number}` })),
  ];
  return (
    <Field label={t("work.about_case")}>
      <Choice
        value={value}
        options={options}
        disabled={!enabled || cases.length === 0}
        onChange={onChange}
      />
    </Field>
  );
});

function asFollowUp(text: string): FollowUp {
  return text === "case" || text === "callback" ? text : "";
}

function focusFirst(group: HTMLElement | null): void {
  const chosen = group?.querySelector<HTMLInputElement>("input:checked");
  (chosen ?? group?.querySelector<HTMLInputElement>("input"))?.focus();
}

interface OutcomeProps {
  readonly code: string;
  readonly labelKey: string;
  readonly followUp: string;
  readonly checked: boolean;
  readonly onChoose: (code: string, followUp: string) => void;
}

const Outcome = memo(({ code: value, labelKey, followUp, checked, onChoose }: OutcomeProps) => {
  const { code, has, t } = useSpeech();
  const choose = () => onChoose(value, followUp);
  return (
    <label className={css.outcome}>
      <input type="radio" name="outcome" value={value} checked={checked} onChange={choose} />
      <span>{has(labelKey) ? t(labelKey) : code("disposition", value)}</span>
    </label>
  );
});

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
  const { ask } = useDesktop();
  const attempt = useTry();
  const extend = () => void attempt(ask({ type: "extend_wrap_up" }));
  useShortcut("extend", extend);
  const whole = Math.max(1, (Date.parse(wrapUp.due) - Date.parse(wrapUp.started_at)) / 1000);
  const left = useClock((now) => secondsUntil(wrapUp.due, now));
  return (
    <div className={css.countdown} data-late={left <= 10}>
      <span className={css.time} role="timer">
        <Remaining until={wrapUp.due} />
      </span>
      <span className="grow">
        <Meter
          value={left / whole}
          label={t("work.time_left")}
          tone={left <= 10 ? "red" : "violet"}
        />
      </span>
      <Button size="small" onClick={extend}>
        <Icon name="plus" size={14} /> {t("work.extend")}
      </Button>
    </div>
  );
}
