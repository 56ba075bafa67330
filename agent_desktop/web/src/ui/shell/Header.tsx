/** The header: pages, search, the call in hand, the agent's state, phone and connection, the user. */
import { Dropdown, Tooltip } from "antd";
import { need } from "../../core/api.ts";
import { listAddress } from "../customers/addresses.ts";
import { openDialog } from "../dialogs.ts";
import { useDesktop, useObservable, usePhoneState, useSocketState, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Avatar, Dot, Keys, type Tone } from "../parts/parts.tsx";
import type { Preferences } from "../preferences.ts";
import { Link, useAsked, usePath } from "../router.tsx";
import { useLeave } from "../Session.tsx";
import { useTry } from "../tell.ts";
import { useWorkCounts } from "../workspace/work_counts.ts";
import { LookSwitch } from "./LookSwitch.tsx";
import { StateSwitch } from "./StateSwitch.tsx";
import css from "./shell.module.css";

export function Header() {
  const { t } = useSpeech();
  const path = usePath();
  const { session, takesCalls, api } = useDesktop();
  const attempt = useTry();
  const q = useAsked("q");
  const opened = path.startsWith("/customers/") && q !== "" ? path.split("/")[2] : undefined;
  const supervises = session.roles.includes("supervisor");
  const keep = (change: Partial<Preferences>) =>
    void attempt(need(api.PUT("/api/me/preferences", { body: change })));
  const atWork =
    takesCalls &&
    !path.startsWith("/supervisor") &&
    !path.startsWith("/customers") &&
    !path.startsWith("/trunks");

  return (
    <header className={css.header}>
      <Link to="/" className={css.brand}>
        <img src="/icon.svg" alt="" />
        <span className={css.hideNarrow}>Parley</span>
      </Link>
      <nav className={css.nav} aria-label={t("nav.pages")}>
        {takesCalls && (
          <Link to="/" current={atWork}>
            {t("nav.workspace")}
            <Waiting />
          </Link>
        )}
        {supervises && (
          <Link
            to="/supervisor"
            current={path.startsWith("/supervisor") || (!takesCalls && path === "/")}
          >
            {t("nav.supervisor")}
          </Link>
        )}
        <Link
          to={opened === undefined ? "/customers" : listAddress(q, opened)}
          current={path.startsWith("/customers")}
        >
          {t("nav.customers")}
        </Link>
        {session.roles.includes("admin") && (
          <Link to="/trunks" current={path.startsWith("/trunks")}>
            {t("nav.trunks")}
          </Link>
        )}
      </nav>
      <span className="grow" />
      <button type="button" className={css.search} onClick={openDialog("search")}>
        <Icon name="search" />
        <span className="ellipsis">{t("search.open")}</span>
        <Keys id="search" />
      </button>
      {takesCalls && <StateSwitch />}
      <div className={css.status}>
        {takesCalls && <PhoneMark />}
        <ConnectionMark />
        <LookSwitch compact onChange={keep} />
      </div>
      <UserMenu />
    </header>
  );
}

/** How much waits for the agent, on every page. */
function Waiting() {
  const { t, formats } = useSpeech();
  const { unfinished, missed, due } = useWorkCounts();
  const n = unfinished + missed + due;
  if (n === 0) return null;
  const said = t("nav.waiting", { n });
  return (
    <span className={css.navCount} data-due={due > 0} title={said}>
      <span aria-hidden="true" className="num">
        {formats.number(n)}
      </span>
      <span className="sr-only">{said}</span>
    </span>
  );
}

const LINE_TONES: Readonly<Record<string, Tone>> = {
  ready: "green",
  desk: "green",
  elsewhere: "green",
  connecting: "amber",
  off: "neutral",
  lost: "red",
  refused: "red",
  failed: "red",
};

function PhoneMark() {
  const { t } = useSpeech();
  const desktop = useDesktop();
  const kind = useObservable(desktop.phoneKind);
  const inBrowser = usePhoneState((state) => state.line);
  const place = useObservable(desktop.phonePlace);
  const line =
    kind === "desk"
      ? "desk"
      : place === "elsewhere" && inBrowser === "ready"
        ? "elsewhere"
        : kind === "failed"
          ? "failed"
          : kind === "none"
            ? "connecting"
            : inBrowser;
  return (
    <Tooltip title={t(`line.${line}`)}>
      <button
        type="button"
        className={css.statusButton}
        onClick={openDialog("phone")}
        aria-label={`${t("phone.title")}: ${t(`line.${line}`)}`}
      >
        <Icon name="headset" />
        <Dot tone={LINE_TONES[line] ?? "neutral"} />
      </button>
    </Tooltip>
  );
}

function ConnectionMark() {
  const { t } = useSpeech();
  const { name } = useSocketState();
  const live = name === "live";
  return (
    <Tooltip title={t(live ? "connection.live" : "connection.away")}>
      <span
        className={css.statusButton}
        role="status"
        aria-label={t(live ? "connection.live" : "connection.away")}
      >
        <Icon name={live ? "screen" : "wifiOff"} />
        <Dot tone={live ? "green" : "red"} />
      </span>
    </Tooltip>
  );
}

function UserMenu() {
  const { t } = useSpeech();
  const { session } = useDesktop();
  const leave = useLeave();
  const attempt = useTry();
  const items = [
    { key: "name", label: <strong>{session.name}</strong>, disabled: true },
    {
      key: "keys",
      icon: <Icon name="keyboard" />,
      label: (
        <span className={css.menuRow}>
          {t("shortcuts.title")} <Keys id="help" />
        </span>
      ),
      onClick: openDialog("shortcuts"),
    },
    {
      key: "account",
      icon: <Icon name="shield" />,
      label: t("account.title"),
      onClick: openDialog("account"),
    },
    {
      key: "out",
      icon: <Icon name="signOut" />,
      label: t("state.sign_out"),
      onClick: () => void attempt(leave("signed_out")),
    },
  ];
  return (
    <Dropdown autoFocus trigger={["click"]} menu={{ items }}>
      <button type="button" className={css.userButton} aria-label={session.name}>
        <Avatar name={session.name} size={28} />
      </button>
    </Dropdown>
  );
}
