/** Makes sure a call is neither missed nor lost: ring, title, notification, warning before leaving. */
import { useEffect } from "react";
import { Ringer } from "../../core/media.ts";
import { popInHand } from "../../core/selectors.ts";
import { useCallActions } from "../call_actions.ts";
import { useOwn, useOwnQueue, usePhoneState, useSpeech } from "../hooks.ts";
import { useCallerText } from "../parts/parts.tsx";
import { useShortcut } from "../shortcuts.ts";

export function CallWatch() {
  const { t } = useSpeech();
  const name = useOwn((own) => popInHand(own)?.party?.name);
  const ani = useOwn(({ offer, call }) => offer?.ani ?? call?.ani ?? "");
  const queue = useOwnQueue(({ offer }) => offer);
  const rings = usePhoneState(({ leg, rejoined }) => leg === "ringing" && !rejoined);
  const actions = useCallActions();
  const { phase } = actions;
  const caller = useCallerText()(name ?? ani);
  const here = actions.place !== "elsewhere"; // one page rings and has the sound
  const ringing = phase === "offered" && rings && here;

  useShortcut("answer", actions.answer, actions.canAnswer);
  useShortcut("decline", actions.decline, phase === "offered");
  useShortcut("hold", actions.toggleHold, phase === "talking" || phase === "held");
  useShortcut("mute", actions.toggleMute, actions.canTalk);
  useShortcut("hang_up", actions.hangUp, phase === "talking" || phase === "held");

  useEffect(() => {
    if (!ringing) return;
    const ringer = new Ringer();
    ringer.start();
    return () => ringer.stop();
  }, [ringing]);

  useEffect(() => {
    const title =
      phase === "offered"
        ? t("title.incoming", { caller })
        : phase === "talking" || phase === "held"
          ? t("title.talking", { caller })
          : t(`title.${phase}`);
    document.title = `${title} · Parley`;
  }, [phase, caller, t]);

  useEffect(() => {
    if (phase !== "offered" || !here || !document.hidden || !("Notification" in window)) return;
    if (Notification.permission !== "granted") return;
    const note = new Notification(t("title.incoming", { caller }), { body: queue, tag: "offer" });
    note.onclick = () => window.focus();
    return () => note.close();
  }, [phase, caller, queue, here, t]);

  const inCall = phase === "offered" || phase === "talking" || phase === "held";
  useEffect(() => {
    if (!inCall || !here) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [inCall, here]);
  return null;
}
