/** The frame around every page of a signed-in user: header, dialogs, calls that must not be missed. */

import { lazy, Suspense } from "react";
import { dialog, openDialog } from "../dialogs.ts";
import { useAway, useDesktop, useObservable } from "../hooks.ts";
import { Boundary } from "../parts/Boundary.tsx";
import { usePath } from "../router.tsx";
import { useShortcut } from "../shortcuts.ts";
import { contactShown } from "../workspace/contact_shown.ts";
import { Workspace } from "../workspace/Workspace.tsx";
import { CallDock, useDocked } from "./CallDock.tsx";
import { CallWatch } from "./CallWatch.tsx";
import { Header } from "./Header.tsx";
import { Offline } from "./Offline.tsx";
import css from "./shell.module.css";
import { WorkWatch } from "./WorkWatch.tsx";

const Supervisor = lazy(() => import("../supervisor/Supervisor.tsx"));
const TrunksPage = lazy(() => import("../supervisor/Trunks.tsx"));
const Wallboard = lazy(() => import("../supervisor/Wallboard.tsx"));
const Customers = lazy(() => import("../customers/Customers.tsx"));
const SearchDialog = lazy(() => import("./SearchDialog.tsx"));
const ShortcutsDialog = lazy(() => import("./ShortcutsDialog.tsx"));
const AccountDialog = lazy(() => import("./AccountDialog.tsx"));
const ContactDialog = lazy(() => import("../workspace/ContactDialog.tsx"));
const PhoneDialog = lazy(() => import("../workspace/PhoneDialog.tsx"));

export function Shell() {
  const path = usePath();
  const { session, takesCalls } = useDesktop();
  const supervises = session.roles.includes("supervisor");
  const operates = supervises || session.roles.includes("admin");
  const away = useAway();
  const docked = useDocked() && takesCalls;
  const open = useObservable(dialog);
  useShortcut("search", openDialog("search"));
  useShortcut("help", openDialog("shortcuts"));

  if (path === "/wallboard" && supervises) {
    return (
      <div className={css.wall} data-live={!away}>
        <Boundary>
          <Suspense fallback={null}>
            <Wallboard />
          </Suspense>
        </Boundary>
        {takesCalls && <Calls />}
        <Offline />
      </div>
    );
  }
  return (
    <div className={css.shell} data-live={!away} data-docked={docked}>
      <Boundary>
        <Header />
      </Boundary>
      <main className={css.main}>
        <Boundary key={path.split("/")[1]}>
          <Suspense fallback={null}>
            {path.startsWith("/trunks") && operates ? (
              <TrunksPage />
            ) : path.startsWith("/customers") ? (
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
        </Boundary>
      </main>
      <Boundary key={`dialog ${open}`}>
        <Suspense fallback={null}>
          <Dialogs />
        </Suspense>
      </Boundary>
      {takesCalls && <Calls />}
      <Offline />
    </div>
  );
}

/** What no page may hide or forget: the call in hand. */
function Calls() {
  return (
    <>
      <Boundary>
        <CallWatch />
      </Boundary>
      <Boundary>
        <CallDock />
      </Boundary>
      <Boundary>
        <WorkWatch />
      </Boundary>
    </>
  );
}

function Dialogs() {
  const open = useObservable(dialog);
  const contact = useObservable(contactShown);
  if (contact !== "") return <ContactDialog />;
  if (open === "search") return <SearchDialog />;
  if (open === "shortcuts") return <ShortcutsDialog />;
  if (open === "account") return <AccountDialog />;
  if (open === "phone") return <PhoneDialog />;
  return null;
}
