/** The frame around every page of a signed-in user: header, dialogs, calls that must not be missed. */

import { Button } from "antd";
import { lazy, Suspense } from "react";
import { dialog, openDialog } from "../dialogs.ts";
import { useDesktop, useObservable, useSocketState, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { usePath } from "../router.tsx";
import { useLeave } from "../Session.tsx";
import { useShortcut } from "../shortcuts.ts";
import { useTry } from "../tell.ts";
import { Workspace } from "../workspace/Workspace.tsx";
import { CallWatch } from "./CallWatch.tsx";
import { Header } from "./Header.tsx";
import { Offline } from "./Offline.tsx";
import css from "./shell.module.css";

const Supervisor = lazy(() => import("../supervisor/Supervisor.tsx"));
const Wallboard = lazy(() => import("../supervisor/Wallboard.tsx"));
const Customers = lazy(() => import("../customers/Customers.tsx"));
const SearchDialog = lazy(() => import("./SearchDialog.tsx"));
const ShortcutsDialog = lazy(() => import("./ShortcutsDialog.tsx"));
const PhoneDialog = lazy(() => import("../workspace/PhoneDialog.tsx"));

export function Shell() {
  const path = usePath();
  const { session, takesCalls } = useDesktop();
  const socket = useSocketState();
  const supervises = session.roles.includes("supervisor");
  useShortcut("search", openDialog("search"));
  useShortcut("help", openDialog("shortcuts"));

  if (socket.name === "ended" && socket.why === "replaced") return <Replaced />;
  if (path === "/wallboard" && supervises) {
    return (
      <Suspense fallback={null}>
        <Wallboard />
      </Suspense>
    );
  }
  return (
    <div className={css.shell}>
      <Header />
      <main className={css.main}>
        <Suspense fallback={null}>
          {path.startsWith("/customers") ? (
            <Customers />
          ) : path.startsWith("/supervisor") && supervises ? (
            <Supervisor />
          ) : takesCalls ? (
            <Workspace />
          ) : supervises ? (
            <Supervisor />
          ) : (
            <Customers />
          )}
        </Suspense>
      </main>
      <Suspense fallback={null}>
        <Dialogs />
      </Suspense>
      {takesCalls && <CallWatch />}
      <Offline />
    </div>
  );
}

function Dialogs() {
  const open = useObservable(dialog);
  if (open === "search") return <SearchDialog />;
  if (open === "shortcuts") return <ShortcutsDialog />;
  if (open === "phone") return <PhoneDialog />;
  return null;
}

/** Another window took over: one desktop and one phone a person. */
function Replaced() {
  const desktop = useDesktop();
  const leave = useLeave();
  const attempt = useTry();
  const { t } = useSpeech();
  return (
    <div className={css.veil} role="alertdialog" aria-labelledby="replaced">
      <Icon name="screen" size={40} className="faint" />
      <h1 id="replaced">{t("replaced.title")}</h1>
      <p>{t("replaced.text")}</p>
      <div className="row">
        <Button type="primary" onClick={() => desktop.resume()}>
          {t("replaced.here")}
        </Button>
        <Button onClick={() => void attempt(leave("signed_out"))}>{t("state.sign_out")}</Button>
      </div>
    </div>
  );
}
