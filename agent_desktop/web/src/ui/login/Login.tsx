/** The log-in page. */
import { Button, Input, type InputRef } from "antd";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { createApi, need, Problem } from "../../core/api.ts";
import { secondsUntil } from "../../core/server_time.ts";
import { useClock, useSpeech } from "../hooks.ts";
import { Field, Notice, Remaining } from "../parts/parts.tsx";
import type { LoginProps } from "../Session.tsx";
import { LookSwitch } from "../shell/LookSwitch.tsx";
import { codeOf } from "../tell.ts";
import css from "./login.module.css";

export function Login({ parting, onSession }: LoginProps) {
  const { t, code } = useSpeech();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");
  const [waitUntil, setWaitUntil] = useState("");
  const waits = useClock((now) => waitUntil !== "" && secondsUntil(waitUntil, now) > 0);
  const shown = problem === "too_many_attempts" && waitUntil !== "" && !waits ? "" : problem;
  const passwordBox = useRef<InputRef>(null);

  useEffect(() => {
    document.title = "Parley";
  }, []);

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (user.trim() === "" || password === "") return setProblem("fill_in");
    setBusy(true);
    setProblem("");
    try {
      const body = { user: user.trim(), password };
      onSession(await need(createApi(() => "").POST("/api/session", { body })));
    } catch (error) {
      const wait = error instanceof Problem ? error.retryAfter : 0;
      setWaitUntil(wait > 0 ? new Date(Date.now() + wait * 1_000).toISOString() : "");
      setProblem(codeOf(error));
      setBusy(false);
      passwordBox.current?.focus({ cursor: "all" });
    }
  };

  return (
    <main className={css.page}>
      <div className={css.center}>
        <div className={css.box}>
          <div className={css.brand}>
            <img src="/icon.svg" alt="" />
            <div>
              <h1>Parley</h1>
              <p>{t("login.tagline")}</p>
            </div>
          </div>
          <form className={css.form} onSubmit={submit}>
            <Field label={t("login.user")}>
              <Input
                autoFocus
                autoComplete="username"
                autoCapitalize="none"
                spellCheck={false}
                size="large"
                dir="ltr"
                name="user"
                value={user}
                onChange={(event) => setUser(event.target.value)}
              />
            </Field>
            <Field label={t("login.password")}>
              <Input.Password
                ref={passwordBox}
                autoComplete="current-password"
                size="large"
                dir="ltr"
                name="password"
                value={password}
                onChange={(event) => setPassword(event.target.value)}
              />
            </Field>
            <div className={css.problem}>
              {shown !== "" ? (
                <Notice tone="red" icon="alert">
                  {waits ? (
                    <>
                      {t("login.wait")} <Remaining until={waitUntil} />
                    </>
                  ) : (
                    code("problem", shown)
                  )}
                </Notice>
              ) : (
                parting !== "" && <Notice>{t(`parting.${parting}`)}</Notice>
              )}
            </div>
            <Button type="primary" size="large" htmlType="submit" loading={busy} block>
              {t("login.submit")}
            </Button>
          </form>
        </div>
      </div>
      <footer className={css.foot}>
        <LookSwitch />
      </footer>
    </main>
  );
}
