/** A pill that says the line to the server is down; it covers nothing and moves nothing. */

import { Button } from "antd";
import { useDesktop, useSettled, useSocketState, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import css from "./shell.module.css";

const SHOWN_AFTER = 1_200;

/** Whether what is shown is not live; at once when the browser says that the network is gone. */
export function useAway(): boolean {
  const { name } = useSocketState();
  const away = useSettled(name !== "live", SHOWN_AFTER);
  return name !== "live" && (away || !navigator.onLine);
}

export function Offline() {
  const { socket } = useDesktop();
  const { t } = useSpeech();
  if (!useAway()) return null;
  return (
    <div className={css.offline} role="status">
      <Icon name="wifiOff" />
      {t("offline.text")}
      <Button size="small" ghost onClick={() => socket.hurry()}>
        {t("offline.retry")}
      </Button>
    </div>
  );
}
