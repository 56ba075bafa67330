/** What happened to the caller's call, line by line, newest last. */
import { useEffect, useRef, useState } from "react";
import type { Leg, Phone } from "../../core/phone.ts";
import type { Params } from "../../core/words.ts";
import { useLatest } from "../hooks.ts";

interface Line {
  readonly id: number;
  readonly at: number;
  readonly key: string;
  readonly params: Params;
}

export interface CallLog {
  readonly lines: readonly Line[];
  begin(key: string, params?: Params): void;
  add(key: string, params?: Params): void;
}

export function useCallLog(phone: Phone): CallLog {
  const [lines, setLines] = useState<readonly Line[]>([]);
  const next = useRef(0);
  const leg = useRef<Leg>("none");
  const line = (key: string, params: Params): Line => ({
    id: next.current++,
    at: Date.now(),
    key,
    params,
  });
  const add = (key: string, params: Params = {}) =>
    setLines((before) => [...before, line(key, params)]);
  const look = useLatest(() => {
    const now = phone.state.get();
    if (now.leg === leg.current) return;
    const before = leg.current;
    leg.current = now.leg;
    if (now.leg === "up") add("caller.log_up");
    else if (now.leg === "none" && before !== "none") {
      add(now.trouble === "" ? "caller.log_over" : `trouble.${now.trouble}`);
    }
  });
  useEffect(() => phone.state.subscribe(look), [phone, look]);
  return { lines, add, begin: (key, params = {}) => setLines([line(key, params)]) };
}
