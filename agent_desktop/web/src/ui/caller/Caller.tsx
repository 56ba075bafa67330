/** The demo's caller: a browser phone that rings in as a customer, a stranger or nobody. */
import { useQuery } from "@tanstack/react-query";
import { Input, Select } from "antd";
import { useEffect, useMemo, useState } from "react";
import { createApi, need, Problem, type Schemas } from "../../core/api.ts";
import { DEAF_FOR } from "../../core/deafness.ts";
import { accountOf } from "../../core/desktop.ts";
import { JsSipPhone } from "../../core/jssip_phone.ts";
import { RINGBACK, Ringer } from "../../core/media.ts";
import { useNow, useObservable, useSettled, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Avatar, Card, Empty, Field, Notice, Phone, Tier } from "../parts/parts.tsx";
import { LookSwitch } from "../shell/LookSwitch.tsx";
import { codeOf } from "../tell.ts";
import { Keypad } from "../workspace/Keypad.tsx";
import { useCallLog } from "./call_log.ts";
import css from "./caller.module.css";
import { placeCall } from "./place_call.ts";

const api = createApi(() => "");
/** A number kept free for fiction. */
const STRANGER = "+17185550199";

type Who =
  | { readonly kind: "customer"; readonly caller: Schemas["DemoCallerView"] }
  | { readonly kind: "stranger"; readonly number: string }
  | { readonly kind: "anonymous" };

const numberOf = (who: Who): string =>
  who.kind === "customer" ? who.caller.number : who.kind === "stranger" ? who.number : "";

export default function Caller() {
  const { t, code, language, formats } = useSpeech();
  const phone = useMemo(() => new JsSipPhone(), []);
  const state = useObservable(phone.state);
  const numbers = useQuery({
    queryKey: ["demo", "numbers"],
    queryFn: () => need(api.GET("/api/demo/numbers")),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const [who, setWho] = useState<Who>({ kind: "stranger", number: STRANGER });
  const [to, setTo] = useState("");
  const [placing, setPlacing] = useState(false);
  const [problem, setProblem] = useState("");
  const log = useCallLog(phone);
  const dialled = to === "" ? (numbers.data?.items[0]?.number ?? "") : to;
  const busy = placing || state.leg !== "none";
  const heard = useSettled(state.leg !== "none", DEAF_FOR); // it comes where "Ring" was

  useEffect(() => {
    document.title = `${t("caller.title")} · Parley`;
  }, [t]);
  useEffect(() => () => phone.stop(), [phone]);
  useEffect(() => {
    if (state.leg !== "dialling") return undefined;
    const ringer = new Ringer(RINGBACK);
    ringer.start();
    return () => ringer.stop();
  }, [state.leg]);

  const ring = async () => {
    setPlacing(true);
    setProblem("");
    log.begin("caller.log_ringing", { number: dialled });
    try {
      const view = await need(api.POST("/api/demo/caller", { body: { number: numberOf(who) } }));
      await placeCall(phone, accountOf(view), dialled);
    } catch (error) {
      setProblem(codeOf(error));
    }
    setPlacing(false);
  };

  if (numbers.error instanceof Problem && numbers.error.status === 404) {
    return (
      <Frame>
        <Notice>{t("caller.no_demo")}</Notice>
      </Frame>
    );
  }
  return (
    <Frame>
      <Card flush title={t("caller.who")}>
        <People who={who} disabled={busy} onChoose={setWho} />
      </Card>
      <Card flush>
        <div className={css.phone}>
          <Field label={t("caller.number")}>
            <Select
              value={dialled}
              disabled={busy}
              loading={numbers.isPending}
              onChange={setTo}
              options={(numbers.data?.items ?? []).map((item) => ({
                value: item.number,
                label: `${formats.digits(item.number)} · ${item.labels[language] ?? item.label}`,
              }))}
            />
          </Field>
          <div className={css.screen} aria-live="polite">
            <span className="faint">{t("caller.as")}</span>
            <b className="ellipsis">
              {who.kind === "customer" ? (
                <bdi>{who.caller.name}</bdi>
              ) : who.kind === "stranger" ? (
                <Phone number={who.number} />
              ) : (
                t("number.withheld")
              )}
            </b>
            <span className="muted">
              {state.leg === "none" && !placing
                ? t("caller.idle")
                : t(`leg.${placing && state.leg === "none" ? "dialling" : state.leg}`)}
              {state.upSince !== null && state.leg === "up" && <Since at={state.upSince} />}
            </span>
          </div>
          <Keypad
            key={log.lines[0]?.id ?? 0}
            onPress={(key) => {
              phone.press(key);
              if (phone.state.get().leg === "up") log.add("caller.log_key", { key });
            }}
          />
          {state.leg === "none" ? (
            <button
              type="button"
              className={css.big}
              disabled={placing || dialled === "" || (who.kind === "stranger" && who.number === "")}
              onClick={() => void ring()}
            >
              <Icon name="phone" size={20} /> {t("caller.ring")}
            </button>
          ) : (
            <button
              type="button"
              className={css.big}
              data-on="true"
              aria-disabled={!heard}
              onClick={() => heard && phone.hangUp()}
            >
              <Icon name="hangUp" size={20} /> {t("call.hang_up")}
            </button>
          )}
          <div style={{ minHeight: 38 }}>
            {problem !== "" && (
              <Notice tone="red" icon="alert">
                {code("problem", problem)}
              </Notice>
            )}
            {problem === "" && state.trouble !== "" && (
              <Notice tone="red" icon="alert">
                {t(`trouble.${state.trouble}`)}
              </Notice>
            )}
          </div>
        </div>
      </Card>
      <div className="stack">
        {who.kind === "customer" && who.caller.pin !== "" && <ForMenu caller={who.caller} />}
        <Card title={t("caller.happened")}>
          {log.lines.length === 0 ? (
            <Empty icon="history">{t("caller.nothing_yet")}</Empty>
          ) : (
            <ol className={css.log}>
              {log.lines.map((line) => (
                <LogLine key={line.id} at={line.at} text={t(line.key, line.params)} />
              ))}
            </ol>
          )}
          <p className="faint" style={{ marginTop: 12 }}>
            {t("caller.hint")}
          </p>
        </Card>
      </div>
    </Frame>
  );
}

function Frame({ children }: { readonly children: React.ReactNode }) {
  const { t } = useSpeech();
  return (
    <div className={css.page}>
      <header className={css.top}>
        <img src="/icon.svg" alt="" width={26} height={26} />
        <strong>{t("caller.title")}</strong>
        <span className="muted grow ellipsis">{t("caller.subtitle")}</span>
        <LookSwitch />
      </header>
      <main className={css.body}>{children}</main>
    </div>
  );
}

/** What the menu asks for, so that a newcomer can hear the state of an order. */
function ForMenu({ caller }: { readonly caller: Schemas["DemoCallerView"] }) {
  const { t, formats } = useSpeech();
  return (
    <Card title={t("caller.menu_title")}>
      <dl className={css.secrets}>
        <dt>{t("caller.customer_number")}</dt>
        <dd className="ltr num">{formats.digits(caller.customer_number ?? "")}</dd>
        <dt>{t("caller.pin")}</dt>
        <dd className="ltr num">{formats.digits(caller.pin ?? "")}</dd>
      </dl>
      <p className="faint">{t("caller.menu_hint")}</p>
    </Card>
  );
}

function Since({ at }: { readonly at: number }) {
  const { formats } = useSpeech();
  return (
    <>
      {" "}
      <bdi className="ltr num">{formats.clock((useNow() - at) / 1000)}</bdi>
    </>
  );
}

function LogLine({ at, text }: { readonly at: number; readonly text: string }) {
  const { formats } = useSpeech();
  const clock = new Date(at);
  const seconds = String(clock.getSeconds()).padStart(2, "0");
  return (
    <li>
      <span className="faint num ltr">
        {formats.time(clock.toISOString())}:{formats.digits(seconds)}
      </span>
      <span>{text}</span>
    </li>
  );
}

interface PeopleProps {
  readonly who: Who;
  readonly disabled: boolean;
  readonly onChoose: (who: Who) => void;
}

function People({ who, disabled, onChoose }: PeopleProps) {
  const { t, has } = useSpeech();
  const [text, setText] = useState("");
  const [number, setNumber] = useState(STRANGER);
  const q = useSettled(text.trim(), 200);
  const found = useQuery({
    queryKey: ["demo", "callers", q],
    queryFn: () => need(api.GET("/api/demo/callers", { params: { query: { q } } })),
    placeholderData: (before) => before,
  });
  return (
    <>
      <div style={{ padding: "0 14px" }}>
        <Input
          prefix={<Icon name="search" className="faint" />}
          placeholder={t("caller.search")}
          aria-label={t("caller.search")}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <div className={css.people}>
        {q === "" && (
          <>
            <button
              type="button"
              className={css.person}
              disabled={disabled}
              aria-pressed={who.kind === "stranger"}
              onClick={() => onChoose({ kind: "stranger", number })}
            >
              <Avatar name="?" size={30} />
              <span>
                {t("caller.stranger")}
                <br />
                <span className="faint">{t("caller.stranger_hint")}</span>
              </span>
            </button>
            {who.kind === "stranger" && (
              <div style={{ padding: "4px 14px 8px 57px" }}>
                <Input
                  dir="ltr"
                  size="small"
                  maxLength={40}
                  disabled={disabled}
                  aria-label={t("party.phone")}
                  value={number}
                  onChange={({ target }) => {
                    const clean = target.value.replaceAll(/[^0-9+() .\-/]/g, "");
                    setNumber(clean);
                    onChoose({ kind: "stranger", number: clean.trim() });
                  }}
                />
              </div>
            )}
            <button
              type="button"
              className={css.person}
              disabled={disabled}
              aria-pressed={who.kind === "anonymous"}
              onClick={() => onChoose({ kind: "anonymous" })}
            >
              <Avatar name="–" size={30} />
              <span>
                {t("number.withheld")}
                <br />
                <span className="faint">{t("caller.anonymous_hint")}</span>
              </span>
            </button>
          </>
        )}
        {found.data?.items.map((caller) => (
          <button
            key={`${caller.party_id} ${caller.number}`}
            type="button"
            className={css.person}
            disabled={disabled}
            aria-pressed={
              who.kind === "customer" &&
              who.caller.party_id === caller.party_id &&
              who.caller.number === caller.number
            }
            onClick={() => onChoose({ kind: "customer", caller })}
          >
            <Avatar name={caller.name} size={30} />
            <span className="ellipsis">
              <bdi>{caller.name}</bdi>
              <br />
              <span className="faint">
                <Phone number={caller.number} />
                {caller.city !== "" && (
                  <>
                    {" · "}
                    <bdi>{caller.city}</bdi>
                  </>
                )}
              </span>
              {has(`demo.caller.${caller.hint}`) && (
                <>
                  <br />
                  <span className={css.hint}>{t(`demo.caller.${caller.hint}`)}</span>
                </>
              )}
            </span>
            <Tier tier={caller.tier} />
          </button>
        ))}
        {q !== "" && found.data?.items.length === 0 && (
          <div style={{ padding: "6px 14px" }}>
            <Empty icon="search">{t("search.nothing")}</Empty>
          </div>
        )}
      </div>
    </>
  );
}
