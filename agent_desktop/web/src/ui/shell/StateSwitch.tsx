/** The agent's state with its clock; ready, not ready with a reason, sign out. */
import { Dropdown, type MenuProps } from "antd";
import { useEffect, useState } from "react";
import { useDesktop, useOwn, useOwnSoon, useSocketState, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import { Dot, Elapsed, Keys } from "../parts/parts.tsx";
import { useLeave } from "../Session.tsx";
import { useShortcut } from "../shortcuts.ts";
import { useTry } from "../tell.ts";
import { agentTone } from "../tones.ts";
import css from "./shell.module.css";

/** The reasons an agent may choose; the others are given by the floor. */
const REASONS = ["break", "lunch", "meeting", "training", "back_office"] as const;

export function StateSwitch() {
  const { t } = useSpeech();
  const { ask } = useDesktop();
  const me = useOwnSoon((own) => own.me);
  const busy = useOwnSoon((own) => (own.call ?? own.wrap_up ?? own.offer) !== undefined);
  const { name: socket } = useSocketState();
  const attempt = useTry();
  const leave = useLeave();
  const [open, setOpen] = useState(false);

  const goReady = () => {
    if ("Notification" in window && Notification.permission === "default") {
      void Notification.requestPermission();
    }
    void attempt(ask({ type: "go_ready" }));
  };
  const goNotReady = (reason: string) => void attempt(ask({ type: "go_not_ready", reason }));
  const signOut = () => {
    if (busy) void attempt(ask({ type: "sign_out" }));
    else void attempt(leave("signed_out"));
  };
  useShortcut("ready", goReady);
  useShortcut("not_ready", () => setOpen(true));

  // A sign-out that was asked for during a call happens when the call's work is done.
  const waitsToLeave = me?.next_state === "logged_out";
  const [leaving, setLeaving] = useState(false);
  useEffect(() => {
    if (waitsToLeave) setLeaving(true);
    else if (leaving && me?.state === "logged_out") void attempt(leave("signed_out"));
    else if (me !== undefined && me.state !== "logged_out") setLeaving(false);
  }, [waitsToLeave, leaving, me, leave, attempt]);

  const items: MenuProps["items"] = [
    {
      key: "ready",
      icon: <Dot tone="green" />,
      label: (
        <span className={css.menuRow}>
          {t("state.ready")} <Keys id="ready" />
        </span>
      ),
      onClick: goReady,
    },
    { type: "divider" },
    {
      type: "group",
      label: t(busy ? "state.after_call" : "state.not_ready"),
      children: REASONS.map((reason) => ({
        key: reason,
        icon: <Dot tone="red" />,
        label: t(`reason.${reason}`),
        onClick: () => goNotReady(reason),
      })),
    },
    { type: "divider" },
    {
      key: "out",
      icon: <Icon name="signOut" />,
      label: t(busy ? "state.sign_out_after" : "state.sign_out"),
      onClick: signOut,
    },
  ];

  const selected = me?.state === "ready" ? "ready" : (me?.reason ?? "");
  return (
    <Dropdown
      autoFocus
      trigger={["click"]}
      menu={{ items, selectedKeys: [selected] }}
      open={open}
      onOpenChange={setOpen}
      disabled={socket !== "live"}
    >
      <button type="button" className={css.stateButton} aria-haspopup="menu" aria-expanded={open}>
        <StateNow />
        <Icon name="down" size={14} />
      </button>
    </Dropdown>
  );
}

/** The state as the floor sees it; the menu around it need not be drawn again for it. */
function StateNow() {
  const { code, t } = useSpeech();
  const me = useOwn((own) => own.me);
  const call = useOwn((own) => own.call);
  const state = me?.state ?? "logged_out";
  const shown = call?.state === "held" ? "held" : state;
  const label =
    state === "not_ready" && me !== undefined && me.reason !== ""
      ? code("reason", me.reason)
      : code("state", shown);
  const by = me === undefined ? "" : me.by !== "" ? me.by : me.next_by;
  const who = by === "" ? "" : t("state.set_by", { name: by });
  return (
    <>
      <Dot tone={agentTone(shown)} />
      <span
        className={`${css.stateName} ellipsis`}
        title={who === "" ? label : `${label} · ${who}`}
      >
        {label}
        {who !== "" && <span className="sr-only"> {who}</span>}
        {me !== undefined && me.next_state !== "" && (
          <span className={css.then}> → {code("state", me.next_state)}</span>
        )}
      </span>
      {me !== undefined && (
        <span className={css.time}>
          <Elapsed since={call?.state_since ?? me.since} />
        </span>
      )}
    </>
  );
}
