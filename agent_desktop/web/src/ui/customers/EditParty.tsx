/** Change a customer: name, tier, language, city. Only what was changed is sent. */
import { Button, Input, type InputRef, Modal, Select } from "antd";
import { type FormEvent, type ReactNode, type Ref, useId, useRef, useState } from "react";
import { need, Problem, type Schemas } from "../../core/api.ts";
import { useDesktop, useSpeech } from "../hooks.ts";
import { Field, Notice } from "../parts/parts.tsx";
import { codeOf } from "../tell.ts";
import css from "./customers.module.css";
import { LanguageSelect, useLanguageName } from "./LanguageSelect.tsx";

export type Party = Schemas["PartyView"];
export type Fields = Pick<Party, "name" | "tier" | "language" | "city">;
type Name = keyof Fields;
type Body = Schemas["PatchPartyBody"];

const NAMES: readonly Name[] = ["name", "tier", "language", "city"];
const TIERS: readonly NonNullable<Body["tier"]>[] = ["standard", "silver", "gold", "vip"];
const FORM = "edit-party";

/** Ask the server for a change of the party as it was read. */
export function useChangeParty() {
  const { api } = useDesktop();
  return ({ id, version }: Pick<Party, "id" | "version">, change: Partial<Fields>) =>
    need(
      api.PATCH("/api/parties/{party}", {
        params: { path: { party: id } },
        // The server knows which tiers and languages there are, and says so.
        body: { version, ...change } as Body,
      }),
    );
}

interface EditPartyProps {
  readonly party: Party;
  readonly onClose: () => void;
  /** It is stored; ``before`` has the earlier values of what was changed. */
  readonly onSaved: (saved: Party, before: Partial<Fields>) => void;
}

export function EditParty({ party, onClose, onSaved }: EditPartyProps) {
  const { t, code } = useSpeech();
  const { api } = useDesktop();
  const change = useChangeParty();
  const [base, setBase] = useState(party);
  const [draft, setDraft] = useState<Partial<Fields>>({});
  const [wrong, setWrong] = useState<Partial<Record<Name, string>>>({});
  const [refusal, setRefusal] = useState("");
  const [reloaded, setReloaded] = useState(false);
  const [busy, setBusy] = useState(false);
  const first = useRef<InputRef>(null);
  const stale = refusal === "stale";

  const value = (name: Name) => draft[name] ?? base[name];
  const set = (name: Name) => (text: string) => {
    setDraft((held) => ({ ...held, [name]: text }));
    setWrong(({ [name]: _settled, ...others }) => others);
  };
  const changed = NAMES.filter((name) => value(name).trim() !== base[name]);
  const pick = (from: Fields | Partial<Fields>): Partial<Fields> =>
    Object.fromEntries(changed.map((name) => [name, from[name]?.trim()]));

  const save = async (event: FormEvent) => {
    event.preventDefault();
    if (busy || stale) return;
    if (value("name").trim() === "") {
      setWrong({ name: t("party.name_missing") });
      first.current?.focus();
      return;
    }
    if (changed.length === 0) {
      onClose();
      return;
    }
    setBusy(true);
    setRefusal("");
    try {
      onSaved(await change(base, pick(draft)), pick(base));
    } catch (error) {
      const named = namedBy(error);
      setWrong(Object.fromEntries(named.map((name) => [name, t("party.not_accepted")])));
      if (named.length === 0) setRefusal(codeOf(error));
    }
    setBusy(false);
  };

  const reload = async () => {
    setBusy(true);
    try {
      setBase(
        await need(api.GET("/api/parties/{party}", { params: { path: { party: party.id } } })),
      );
      setRefusal("");
      setReloaded(true);
      first.current?.focus();
    } catch (error) {
      setRefusal(codeOf(error));
    }
    setBusy(false);
  };

  const tierName = (tier: string) => code("tier", tier);
  const languageName = useLanguageName();
  /** What somebody else stored where she changed the same. */
  const now = (name: Name, shown = base[name]) =>
    reloaded && name in draft && changed.includes(name)
      ? t("party.now", { value: shown === "" ? t("party.empty") : shown })
      : "";

  const text = (name: Name) => ({
    name,
    wrong: wrong[name],
    now: now(name),
    value: value(name),
    onChange: set(name),
  });

  return (
    <Modal
      open
      title={t("party.edit")}
      okText={t("party.save")}
      okButtonProps={{ htmlType: "submit", form: FORM, disabled: stale, loading: busy }}
      onCancel={onClose}
    >
      <form id={FORM} className="stack" onSubmit={save} noValidate>
        {refusal !== "" && (
          <Notice
            tone="red"
            icon="alert"
            action={
              stale && (
                <Button size="small" autoFocus loading={busy} onClick={() => void reload()}>
                  {t("party.reload")}
                </Button>
              )
            }
          >
            {code("problem", refusal)}
          </Notice>
        )}
        {reloaded && refusal === "" && <Notice>{t("party.reloaded")}</Notice>}
        <Text {...text("name")} longest={200} ref={first} autoFocus />
        <div className={css.formGrid}>
          <Line name="tier" wrong={wrong.tier} now={now("tier", tierName(base.tier))}>
            {(say) => (
              <Select
                value={value("tier")}
                onChange={set("tier")}
                options={TIERS.map((tier) => ({ value: tier, label: tierName(tier) }))}
                {...say}
              />
            )}
          </Line>
          <Line
            name="language"
            wrong={wrong.language}
            now={now("language", languageName(base.language))}
          >
            {(say) => (
              <LanguageSelect value={value("language")} onChange={set("language")} {...say} />
            )}
          </Line>
        </div>
        <Text {...text("city")} longest={100} />
      </form>
    </Modal>
  );
}

/** The fields that a refusal names. */
function namedBy(error: unknown): readonly Name[] {
  if (!(error instanceof Problem)) return [];
  const fields = error.errors.map(({ field }) => field.split(".")[0]);
  return NAMES.filter((name) => fields.includes(name));
}

/** What a control says about itself to whoever cannot see its frame. */
interface Said {
  readonly status?: "error";
  readonly "aria-invalid"?: boolean;
  readonly "aria-describedby": string;
}

interface LineProps {
  readonly name: Name;
  readonly wrong: string | undefined;
  readonly now: string;
  readonly children: (say: Said) => ReactNode;
}

interface TextProps extends Omit<LineProps, "children"> {
  readonly value: string;
  readonly onChange: (text: string) => void;
  readonly longest: number;
  readonly ref?: Ref<InputRef>;
  readonly autoFocus?: boolean;
}

/** A line of text; it runs as its script does, an empty one as the page does. */
function Text({ value, onChange, longest, ref, autoFocus = false, ...line }: TextProps) {
  return (
    <Line {...line}>
      {(say) => (
        <Input
          ref={ref}
          autoFocus={autoFocus}
          {...(value === "" ? {} : { dir: "auto" })}
          maxLength={longest}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          {...say}
        />
      )}
    </Line>
  );
}

/** A control with what is wrong with it, or what else is stored, beneath. */
function Line({ name, wrong, now, children }: LineProps) {
  const { t } = useSpeech();
  const id = useId();
  const bad = wrong === undefined ? {} : { status: "error" as const, "aria-invalid": true };
  return (
    <div>
      <Field label={t(`party.${name}`)}>{children({ ...bad, "aria-describedby": id })}</Field>
      <div id={id} className={css.beneath}>
        {wrong !== undefined && (
          <span role="alert" className={css.wrong}>
            {wrong}
          </span>
        )}
        {now !== "" && <span className="muted">{now}</span>}
      </div>
    </div>
  );
}
