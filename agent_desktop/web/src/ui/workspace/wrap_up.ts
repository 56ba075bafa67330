/** What can be done about the time of the after-call work. */
import type { WrapUpView } from "../../core/protocol.gen.ts";
import { useDesktop } from "../hooks.ts";
import { useTry } from "../tell.ts";

/** Seconds before the end from which on it is said that time runs out. */
export const WARNED = 20;

/** Whether there is time left to be added. */
export const canExtend = ({ due, latest }: WrapUpView): boolean =>
  Date.parse(due) < Date.parse(latest);

/** One more minute. */
export function useExtend(): () => void {
  const { ask } = useDesktop();
  const attempt = useTry();
  return () => void attempt(ask({ type: "extend_wrap_up" }));
}
