/** What happened to the caller's call, line by line, newest last. */
import { useEffect, useRef, useState } from "react";
import type { Leg, Phone } from "../../core/phone.ts";
import { useLatest, useSpeech } from "../hooks.ts";

interface Line {
  readonly id: number;
  readonly at: number;
  readonly text: string;
}

export interface CallLog {
  readonly lines: readonly Line[];
  begin(text: string): void;
  add(text: string): void;
}

export function useCallLog(phone: Phone): CallLog {
  const { t } = useSpeech();
  const [lines, setLines] = useState<readonly Line[]>([]);
  const next = useRef(0);
  const leg = useRef<Leg>("none");
  const line = (text: string): Line => ({ id: next.current++, at: Date.now(), text });
  const add = (text: string) => setLines((before) => [...before, line(text)]);
  const look = useLatest(() => {
    const now = phone.state.get();
    if (now.leg === leg.current) return;
    const before = leg.current;
    leg.current = now.leg;
    if (now.leg === "up") add(t("caller.log_up"));
    else if (now.leg === "none" && before !== "none") {
      add(now.trouble === "" ? t("caller.log_over") : t(`trouble.${now.trouble}`));
    }
  });
  useEffect(() => phone.state.subscribe(look), [phone, look]);
  return { lines, add, begin: (text) => setLines([line(text)]) };
}
