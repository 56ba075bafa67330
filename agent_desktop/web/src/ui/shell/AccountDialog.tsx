/** The user's own account: her password, and where she is signed in. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Button, Input, type InputRef, Modal } from "antd";
import { type FormEvent, useRef, useState } from "react";
import { need, type Schemas } from "../../core/api.ts";
import { browserName } from "../../core/browser_name.ts";
import { closeDialog } from "../dialogs.ts";
import { useDesktop, useSpeech } from "../hooks.ts";
import { Ago, Chip, Field, Lines, Notice } from "../parts/parts.tsx";
import { codeOf, useTry } from "../tell.ts";
import css from "./account.module.css";

type Sessions = Schemas["OpenSessionsView"];
type OpenSession = Schemas["OpenSessionView"];

const SESSIONS = ["me", "sessions"] as const;
const SHORTEST = 10;
const LONGEST = 256;

export default function AccountDialog() {
  const { t } = useSpeech();
  return (
    <Modal open title={t("account.title")} onCancel={closeDialog} footer={null} width={560}>
      <div className={css.account}>
        <NewPassword />
        <SignedIn />
      </div>
    </Modal>
  );
}

function NewPassword() {
  const { t, code } = useSpeech();
  const { api, session } = useDesktop();
  const queries = useQueryClient();
  const [current, setCurrent] = useState("");
  const [wanted, setWanted] = useState("");
  const [again, setAgain] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [done, setDone] = useState(false);
  const currentBox = useRef<InputRef>(null);
  const wantedBox = useRef<InputRef>(null);
  const againBox = useRef<InputRef>(null);

  const refuse = (found: string, box: InputRef | null) => {
    setProblem(found);
    box?.focus({ cursor: "all" });
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setDone(false);
    if (current === "") return refuse("current_missing", currentBox.current);
    if ([...wanted].length < SHORTEST) return refuse("password_short", wantedBox.current);
    if (wanted !== again) return refuse("password_differs", againBox.current);
    setBusy(true);
    setProblem("");
    try {
      await need(api.PUT("/api/me/password", { body: { current, new: wanted } }));
      for (const clear of [setCurrent, setWanted, setAgain]) clear("");
      setDone(true);
    } catch (error) {
      const found = codeOf(error);
      const box = found.startsWith("password_") ? wantedBox : currentBox;
      refuse(found === "wrong_credentials" ? "wrong_current" : found, box.current);
    }
    setBusy(false);
    void queries.invalidateQueries({ queryKey: SESSIONS });
  };

  const box = { dir: "ltr", maxLength: LONGEST } as const;
  return (
    <form className="stack" onSubmit={submit} noValidate aria-label={t("account.password")}>
      <h3>{t("account.password")}</h3>
      <input
        type="text"
        hidden
        readOnly
        name="user"
        autoComplete="username"
        value={session.user}
        aria-hidden
      />
      <Field label={t("account.current")}>
        <Input.Password
          {...box}
          ref={currentBox}
          autoFocus
          name="current"
          autoComplete="current-password"
          value={current}
          onChange={(event) => setCurrent(event.target.value)}
        />
      </Field>
      <div className={css.twoFields}>
        <Field label={t("account.new")}>
          <Input.Password
            {...box}
            ref={wantedBox}
            name="new"
            autoComplete="new-password"
            value={wanted}
            onChange={(event) => setWanted(event.target.value)}
          />
        </Field>
        <Field label={t("account.again")}>
          <Input.Password
            {...box}
            ref={againBox}
            name="again"
            autoComplete="new-password"
            value={again}
            onChange={(event) => setAgain(event.target.value)}
          />
        </Field>
      </div>
      <p className="muted">{t("account.advice")}</p>
      {problem !== "" && (
        <Notice tone="red" icon="alert">
          {code("problem", problem)}
        </Notice>
      )}
      {done && <Notice tone="green">{t("account.changed")}</Notice>}
      <div>
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("account.change")}
        </Button>
      </div>
    </form>
  );
}

function SignedIn() {
  const { t, code } = useSpeech();
  const { api } = useDesktop();
  const queries = useQueryClient();
  const attempt = useTry();
  const [ending, setEnding] = useState("");
  const asked = useQuery({
    queryKey: SESSIONS,
    queryFn: () => need(api.GET("/api/me/sessions")),
    refetchInterval: 10_000,
    retry: false, // it is asked again anyway
  });

  const end = async (which: string, answer: () => Promise<Sessions>) => {
    setEnding(which);
    await attempt(answer().then((left) => queries.setQueryData(SESSIONS, left)));
    setEnding("");
    void queries.invalidateQueries({ queryKey: SESSIONS });
  };
  const endOne = (session: string) =>
    end(session, () =>
      need(api.DELETE("/api/me/sessions/{session}", { params: { path: { session } } })),
    );
  const endOthers = () => end("others", () => need(api.DELETE("/api/me/sessions")));

  const items = asked.data?.items ?? [];
  return (
    <section className="stack" aria-label={t("account.sessions")}>
      <div className="spread">
        <h3>{t("account.sessions")}</h3>
        {items.length > 1 && (
          <Button size="small" loading={ending === "others"} onClick={() => void endOthers()}>
            {t("account.end_others")}
          </Button>
        )}
      </div>
      {asked.isPending && <Lines />}
      {asked.isError && (
        <Notice
          tone="red"
          icon="alert"
          action={
            <Button size="small" onClick={() => void asked.refetch()}>
              {t("account.look_again")}
            </Button>
          }
        >
          {code("problem", codeOf(asked.error))}
        </Notice>
      )}
      <ul className={css.sessions}>
        {items.map((session) => (
          <Row
            key={session.id}
            session={session}
            busy={ending === session.id}
            onEnd={() => void endOne(session.id)}
          />
        ))}
      </ul>
      {items.length === 1 && <p className="muted">{t("account.only_here")}</p>}
    </section>
  );
}

interface RowProps {
  readonly session: OpenSession;
  readonly busy: boolean;
  readonly onEnd: () => void;
}

function Row({ session, busy, onEnd }: RowProps) {
  const { t, formats } = useSpeech();
  const { browser, system } = browserName(session.browser);
  const name =
    browser === "" || system === ""
      ? browser || system || t("account.unknown_browser")
      : t("account.browser_on", { browser, system });
  return (
    <li>
      <div className="grow">
        <div className={css.sessionName}>
          <bdi>{name}</bdi>
          {session.current && <Chip tone="green">{t("account.here")}</Chip>}
          {session.phone && <Chip icon="headset">{t("account.phone")}</Chip>}
          {session.ending && <Chip tone="amber">{t("account.ending")}</Chip>}
        </div>
        <div className="muted">
          {session.address !== "" && (
            <>
              <bdi className="ltr num">{session.address}</bdi>
              {" · "}
            </>
          )}
          {t("account.since", { at: formats.dateTime(session.opened_at) })}
          {!session.current && (
            <>
              {" · "}
              {t("account.seen")} <Ago at={session.seen_at} />
            </>
          )}
        </div>
      </div>
      {!session.current && !session.ending && (
        <Button
          size="small"
          loading={busy}
          onClick={onEnd}
          aria-label={`${t("account.end")}: ${name}`}
        >
          {t("account.end")}
        </Button>
      )}
    </li>
  );
}
