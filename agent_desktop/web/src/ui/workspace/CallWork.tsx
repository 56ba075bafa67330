/** Note and outcome: written during the call, finished after it. */
import { Button, Checkbox, Input, Select } from "antd";
import type { TextAreaRef } from "antd/es/input/TextArea";
import { useEffect, useRef, useState } from "react";
import { need } from "../../core/api.ts";
import { Observable } from "../../core/observable.ts";
import { callInHand, phaseOf, popInHand } from "../../core/selectors.ts";
import { secondsUntil } from "../../core/server_time.ts";
import { useDispositions } from "../customers/queries.ts";
import { useDesktop, useLatest, useNow, useObservable, useOwn, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Card, Field, Keys, Meter, Remaining } from "../parts/parts.tsx";
import { useShortcut } from "../shortcuts.ts";
import { useTry } from "../tell.ts";
import { DueChoice } from "./DueChoice.tsx";
import { type Draft, draftOf, type FollowUp, forgetDraft } from "./drafts.ts";
import { useNoteSaver } from "./note_saver.ts";
import css from "./workspace.module.css";

const NO_DRAFT = new Observable<Draft>(draftOf("", "").get());

export function CallWork() {
  const { t } = useSpeech();
  const own = useOwn();
  const { api } = useDesktop();
  const attempt = useTry();
  const phase = phaseOf(own);
  const inCall = phase === "talking" || phase === "held";
  const call = inCall || phase === "wrap_up" ? callInHand(own) : "";
  const kept = call === "" ? NO_DRAFT : draftOf(call, own.call?.note ?? own.wrap_up?.note ?? "");
  const draft = useObservable(kept);
  const set = (change: Partial<Draft>) => kept.set({ ...kept.get(), ...change });
  const saving = useNoteSaver(call, draft.note);
  const dispositions = useDispositions().data?.items ?? [];
  const cases = popInHand(own)?.cases ?? [];
  const noteBox = useRef<TextAreaRef>(null);
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

  const chooseOutcome = (code: string, followUp: string) =>
    set({
      disposition: code,
      followUp: draft.followUp === "" ? asFollowUp(followUp) : draft.followUp,
    });

  return (
    <Card
      flush
      title={t(phase === "wrap_up" ? "work.after" : "work.title")}
      className={css.work}
      extra={<span className={css.saved}>{enabled && t(`work.${saving.state}`)}</span>}
    >
      <div className={css.workBody}>
        <Countdown />
        <Input.TextArea
          ref={noteBox}
          rows={5}
          maxLength={8000}
          disabled={!enabled}
          aria-label={t("work.note")}
          placeholder={t(enabled ? "work.note" : "work.idle")}
          value={draft.note}
          onChange={(event) => set({ note: event.target.value })}
          style={{ resize: "none" }}
        />
        <fieldset className={css.outcomes} ref={outcomes} disabled={!enabled}>
          <legend className="sr-only">{t("work.outcome")}</legend>
          {dispositions.map((item) => (
            <Outcome
              key={item.code}
              code={item.code}
              labelKey={item.label_key}
              checked={draft.disposition === item.code}
              onChoose={() => chooseOutcome(item.code, item.follow_up)}
            />
          ))}
        </fieldset>
        <Field label={t("work.about_case")}>
          <Select
            disabled={!enabled || cases.length === 0}
            value={draft.caseId}
            onChange={(caseId) => set({ caseId })}
            options={[
              { value: "", label: t("work.no_case") },
              ...cases.map(({ id, subject, number }) => ({
                value: id,
                label: `${subject} · ${number}`,
              })),
            ]}
          />
        </Field>
        <div className="row" style={{ flexWrap: "wrap" }}>
          {(["case", "callback"] as const).map((kind) => (
            <Checkbox
              key={kind}
              disabled={!enabled}
              checked={draft.followUp === kind}
              onChange={({ target }) => set({ followUp: target.checked ? kind : "" })}
            >
              {t(`work.follow_${kind}`)}
            </Checkbox>
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
        <Button
          type="primary"
          block
          icon={phase === "wrap_up" && missing === "" ? <Icon name="check" /> : undefined}
          loading={busy}
          disabled={phase !== "wrap_up" || missing !== ""}
          onClick={() => void finish()}
        >
          {phase === "wrap_up" && missing !== "" ? (
            t(missing)
          ) : inCall ? (
            t("work.finish_after")
          ) : (
            <>
              {t("work.finish")} <Keys id="finish" />
            </>
          )}
        </Button>
      </div>
    </Card>
  );
}

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
  readonly checked: boolean;
  readonly onChoose: () => void;
}

function Outcome({ code: value, labelKey, checked, onChoose }: OutcomeProps) {
  const { code, has, t } = useSpeech();
  return (
    <label className={css.outcome}>
      <input type="radio" name="outcome" value={value} checked={checked} onChange={onChoose} />
      <span>{has(labelKey) ? t(labelKey) : code("disposition", value)}</span>
    </label>
  );
}

/** Time left for the after-call work; the place is kept when there is none. */
function Countdown() {
  const { t } = useSpeech();
  const { ask } = useDesktop();
  const attempt = useTry();
  const { wrap_up: wrapUp } = useOwn();
  const now = useNow();
  const extend = () => void attempt(ask({ type: "extend_wrap_up" }));
  useShortcut("extend", extend, wrapUp !== undefined);
  const [whole, setWhole] = useState(1);
  const due = wrapUp?.due;
  const startedAt = wrapUp?.started_at;
  useEffect(() => {
    if (due === undefined || startedAt === undefined) return;
    setWhole(Math.max(1, (Date.parse(due) - Date.parse(startedAt)) / 1000));
  }, [due, startedAt]);
  if (wrapUp === undefined) {
    return <div className={`${css.countdown} faint`}>{t("work.hint")}</div>;
  }
  const left = secondsUntil(wrapUp.due, now);
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
