/** Twelve keys; the keyboard works too while it is open. */
import { useEffect, useState } from "react";
import { useLatest, useSpeech } from "../hooks.ts";
import css from "./workspace.module.css";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"] as const;
const SHOWN = 14;

export function Keypad({ onPress }: { readonly onPress: (key: string) => void }) {
  const { t, formats } = useSpeech();
  const [pressed, setPressed] = useState("");
  const press = useLatest((key: string) => {
    onPress(key);
    setPressed((before) => (before + key).slice(-SHOWN));
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const { target } = event;
      if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if ((KEYS as readonly string[]).includes(event.key)) press(event.key);
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  }, [press]);
  return (
    <div>
      <output
        className={css.pressed}
        style={{ display: "block" }}
        aria-label={t("call.keys_pressed")}
      >
        {formats.digits(pressed)}
      </output>
      <div className={css.keypad}>
        {KEYS.map((key) => (
          <button key={key} type="button" className={css.key} onClick={() => press(key)}>
            {formats.digits(key)}
          </button>
        ))}
      </div>
    </div>
  );
}
