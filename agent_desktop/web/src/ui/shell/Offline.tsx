/** A pill that says the line to the server is down; it covers nothing and moves nothing. */

import { Button } from "antd";
import { useDesktop, useSettled, useSocketState, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import css from "./shell.module.css";

const SHOWN_AFTER = 1_200;

export function Offline() {
  const { socket } = useDesktop();
  const { t } = useSpeech();
  const { name } = useSocketState();
  const away = useSettled(name !== "live", SHOWN_AFTER);
  if (!away || name === "live") return null;
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
