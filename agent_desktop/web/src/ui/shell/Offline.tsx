/** A pill that says the line to the server is down; it covers nothing and moves nothing. */

import { Button } from "antd";
import { useAway, useDesktop, useSpeech } from "../hooks.ts";
import { Icon } from "../parts/Icon.tsx";
import css from "./shell.module.css";

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
