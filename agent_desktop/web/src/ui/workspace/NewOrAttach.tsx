/** Nobody matched, or somebody else calls: make a new customer or attach the number to a known one. */
import { Button, Checkbox, Input, type InputRef, Segmented, Select } from "antd";
import { type FormEvent, useRef, useState } from "react";
import { LANGUAGES } from "../../core/words.ts";
import { LanguageSelect } from "../customers/LanguageSelect.tsx";
import { useParties, useTrouble } from "../customers/queries.ts";
import { useOwn, useSettled, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Avatar, Card, Empty, Field, isWithheld, Notice, Phone } from "../parts/parts.tsx";
import { useChooseParty } from "./choose_party.ts";
import css from "./workspace.module.css";

type Way = "attach" | "new";

/** What the server takes for an address, or none. */
const EMAIL = /^$|^[^@\s]+@[^@\s]+$/;

/** What can be kept as a customer's number. */
const DIALABLE = /^\+?[0-9]{3,}$/;

interface NewOrAttachProps {
  readonly call: string;
  readonly ani: string;
  /** There is a list of candidates above: this is for "none of these". */
  readonly secondary: boolean;
}

export function NewOrAttach({ call, ani, secondary }: NewOrAttachProps) {
  const { t } = useSpeech();
  const [way, setWay] = useState<Way>(secondary ? "attach" : "new");
  return (
    <Card
      title={t(secondary ? "attach.none_of_these" : "attach.title")}
      extra={
        <Segmented<Way>
          size="small"
          value={way}
          onChange={setWay}
          options={[
            { value: "new", label: t("attach.new") },
            { value: "attach", label: t("attach.existing") },
          ]}
        />
      }
    >
      {way === "new" ? <NewParty call={call} ani={ani} /> : <Attach call={call} ani={ani} />}
    </Card>
  );
}

type Kind = "person" | "org";

function NewParty({ call, ani }: { readonly call: string; readonly ani: string }) {
  const { t } = useSpeech();
  const heard = useOwn((own) => (own.call ?? own.offer)?.language);
  const spoken = LANGUAGES.find((known) => known === heard) ?? "";
  const choose = useChooseParty(call);
  const [name, setName] = useState("");
  const [kind, setKind] = useState<Kind>("person");
  const [email, setEmail] = useState("");
  const [city, setCity] = useState("");
  const [language, setLanguage] = useState<string>(spoken);
  const [busy, setBusy] = useState(false);
  const dialable = DIALABLE.test(ani);
  const [wrong, setWrong] = useState(false);
  const emailBox = useRef<InputRef>(null);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (!EMAIL.test(email.trim())) {
      setWrong(true);
      emailBox.current?.focus();
      return;
    }
    setBusy(true);
    await choose({ new: { kind, name, email, city, language, phone: dialable ? ani : "" } });
    setBusy(false);
  };
  return (
    <form className="stack" onSubmit={submit} noValidate>
      <div className={css.formGrid}>
        <Field label={t("party.name")}>
          <Input
            aria-required
            maxLength={200}
            value={name}
            onChange={(e) => setName(e.target.value)}
          />
        </Field>
        <Field label={t("party.kind")}>
          <Select<Kind>
            value={kind}
            onChange={setKind}
            options={(["person", "org"] as const).map((value) => ({
              value,
              label: t(`party_kind.${value}`),
            }))}
          />
        </Field>
        <Field label={t("party.email")}>
          <Input
            ref={emailBox}
            type="email"
            dir="ltr"
            maxLength={254}
            value={email}
            {...(wrong ? { status: "error" as const } : {})}
            aria-invalid={wrong}
            onChange={(e) => {
              setEmail(e.target.value);
              setWrong(false);
            }}
          />
          {wrong && (
            <span role="alert" className={css.fieldProblem}>
              {t("party.email_wrong")}
            </span>
          )}
        </Field>
        <Field label={t("party.city")}>
          <Input maxLength={200} value={city} onChange={(e) => setCity(e.target.value)} />
        </Field>
        <Field label={t("party.language")}>
          <LanguageSelect value={language} onChange={setLanguage} />
        </Field>
        <Field label={t("party.phone")}>
          <span className="row" style={{ height: 32 }}>
            {dialable ? (
              <Phone number={ani} />
            ) : (
              <span className="faint">
                {t(isWithheld(ani) ? "number.withheld" : "ani.invalid")}
              </span>
            )}
          </span>
        </Field>
      </div>
      <div>
        <Button htmlType="submit" type="primary" loading={busy} disabled={name.trim() === ""}>
          {t("attach.create")}
        </Button>
      </div>
    </form>
  );
}

function Attach({ call, ani }: { readonly call: string; readonly ani: string }) {
  const { t, code, formats } = useSpeech();
  const choose = useChooseParty(call);
  const [text, setText] = useState("");
  const [keep, setKeep] = useState(false);
  const [busy, setBusy] = useState("");
  const q = useSettled(text.trim(), 200);
  const search = useParties(q, 6);
  const trouble = useTrouble(search);
  const found = trouble === "" ? search.data?.items : undefined;
  const pick = async (id: string) => {
    setBusy(id);
    await choose(keep ? { party_id: id, keep_number: true } : { party_id: id });
    setBusy("");
  };
  return (
    <div>
      <Input
        prefix={<Icon name="search" className="faint" />}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      {DIALABLE.test(ani) && (
        <Checkbox
          style={{ marginBlockStart: 8 }}
          checked={keep}
          onChange={(event) => setKeep(event.target.checked)}
        >
          {t("attach.keep_number")} <Phone number={ani} />
        </Checkbox>
      )}
      <div style={{ minHeight: 150, margin: "8px -14px 0" }}>
        {q !== "" &&
          found?.map((party) => (
            <div key={party.id} className={css.candidate}>
              <Avatar name={party.name} size={28} />
              <span className="ellipsis">
                <bdi>{party.name}</bdi>{" "}
                <span className="faint ltr">{formats.digits(party.number)}</span>{" "}
                <span className="faint">{party.city}</span>
              </span>
              <Button
                size="small"
                loading={busy === party.id}
                disabled={busy !== ""}
                onClick={() => void pick(party.id)}
              >
                <Icon name="link" size={14} /> {t("attach.attach")}
              </Button>
            </div>
          ))}
        {q !== "" && trouble !== "" && trouble !== "slow" && (
          <Notice tone="red" icon="wifiOff">
            {code("problem", trouble)}
          </Notice>
        )}
        {(q === "" || found?.length === 0) && (
          <div style={{ padding: "6px 14px" }}>
            <Empty icon="search">{t(q === "" ? "search.hint" : "search.nothing")}</Empty>
          </div>
        )}
      </div>
    </div>
  );
}
