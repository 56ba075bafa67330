/** The after-call form: note, outcome, case, follow-up; during the call, after it and long after. */
import { Input } from "antd";
import { memo, type Ref } from "react";
import { useDispositions } from "../customers/queries.ts";
import { useLatest, useSpeech } from "../hooks.ts";
import { Check, Choice, TextArea } from "../parts/controls.tsx";
import { Field } from "../parts/parts.tsx";
import { DueChoice } from "./DueChoice.tsx";
import { type Draft, withFollowUp, withOutcome } from "./drafts.ts";
import css from "./workspace.module.css";

export interface CaseOption {
  readonly id: string;
  readonly subject: string;
  readonly number: string;
}

interface OutcomeFormProps {
  readonly draft: Draft;
  readonly onChange: (next: Draft) => void;
  readonly enabled: boolean;
  readonly cases: readonly CaseOption[];
  readonly noteBox?: Ref<HTMLTextAreaElement>;
  readonly outcomes?: Ref<HTMLFieldSetElement>;
  /** Told apart where two forms are on one page. */
  readonly name?: string;
}

export function OutcomeForm(props: OutcomeFormProps) {
  const { draft, onChange, enabled, cases, noteBox, outcomes, name = "outcome" } = props;
  const { t } = useSpeech();
  const dispositions = useDispositions().data?.items ?? [];
  const set = useLatest((change: Partial<Draft>) => onChange({ ...draft, ...change }));
  const chooseOutcome = useLatest((code: string, followUp: string) =>
    onChange(withOutcome(draft, code, followUp)),
  );
  const chooseCase = useLatest((caseId: string) => set({ caseId }));
  return (
    <>
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
            name={name}
            code={item.code}
            labelKey={item.label_key}
            followUp={item.follow_up}
            checked={draft.disposition === item.code}
            onChoose={chooseOutcome}
          />
        ))}
      </fieldset>
      <CaseChoice enabled={enabled} cases={cases} value={draft.caseId} onChange={chooseCase} />
      <div className="row" style={{ flexWrap: "wrap" }}>
        {(["case", "callback"] as const).map((kind) => (
          <Check
            key={kind}
            disabled={!enabled}
            checked={draft.followUp === kind}
            onChange={(checked) => onChange(withFollowUp(draft, checked ? kind : ""))}
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
    </>
  );
}

interface CaseChoiceProps {
  readonly enabled: boolean;
  readonly cases: readonly CaseOption[];
  readonly value: string;
  readonly onChange: (caseId: string) => void;
}

/** Which of the customer's cases the call was about. */
const CaseChoice = memo(({ enabled, cases, value, onChange }: CaseChoiceProps) => {
  const { t } = useSpeech();
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

interface OutcomeProps {
  readonly name: string;
  readonly code: string;
  readonly labelKey: string;
  readonly followUp: string;
  readonly checked: boolean;
  readonly onChoose: (code: string, followUp: string) => void;
}

const Outcome = memo((props: OutcomeProps) => {
  const { name, code: value, labelKey, followUp, checked, onChoose } = props;
  const { code, has, t } = useSpeech();
  const choose = () => onChoose(value, followUp);
  return (
    <label className={css.outcome}>
      <input type="radio" name={name} value={value} checked={checked} onChange={choose} />
      <span>{has(labelKey) ? t(labelKey) : code("disposition", value)}</span>
    </label>
  );
});
