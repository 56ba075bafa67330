/** Keyboard shortcuts: one table for the keys, the help page and the hints on buttons. */
import { useEffect } from "react";
import { useLatest } from "./hooks.ts";

export type ShortcutId =
  | "search"
  | "help"
  | "ready"
  | "not_ready"
  | "edit_party"
  | "answer"
  | "decline"
  | "hang_up"
  | "hold"
  | "mute"
  | "keypad"
  | "note"
  | "disposition"
  | "extend"
  | "finish";

export interface Shortcut {
  readonly id: ShortcutId;
  /** ``KeyboardEvent.code``: the place on the keyboard, whatever the layout writes there. */
  readonly code: string;
  readonly with: "mod" | "alt" | "none";
  /** How the keys are shown; "Mod" is Ctrl or the Mac's command key. */
  readonly keys: readonly string[];
  readonly group: "general" | "customer" | "call" | "after";
}

export const SHORTCUTS: readonly Shortcut[] = [
  { id: "search", code: "KeyK", with: "mod", keys: ["Mod", "K"], group: "general" },
  { id: "help", code: "Slash", with: "none", keys: ["?"], group: "general" },
  { id: "ready", code: "Digit1", with: "alt", keys: ["Alt", "1"], group: "general" },
  { id: "not_ready", code: "Digit2", with: "alt", keys: ["Alt", "2"], group: "general" },
  { id: "edit_party", code: "KeyC", with: "alt", keys: ["Alt", "C"], group: "customer" },
  { id: "answer", code: "KeyA", with: "alt", keys: ["Alt", "A"], group: "call" },
  { id: "decline", code: "KeyX", with: "alt", keys: ["Alt", "X"], group: "call" },
  { id: "hold", code: "KeyH", with: "alt", keys: ["Alt", "H"], group: "call" },
  { id: "mute", code: "KeyM", with: "alt", keys: ["Alt", "M"], group: "call" },
  { id: "keypad", code: "KeyP", with: "alt", keys: ["Alt", "P"], group: "call" },
  { id: "hang_up", code: "KeyE", with: "alt", keys: ["Alt", "E"], group: "call" },
  { id: "note", code: "KeyN", with: "alt", keys: ["Alt", "N"], group: "after" },
  { id: "disposition", code: "KeyD", with: "alt", keys: ["Alt", "D"], group: "after" },
  { id: "extend", code: "KeyT", with: "alt", keys: ["Alt", "T"], group: "after" },
  { id: "finish", code: "Enter", with: "mod", keys: ["Mod", "Enter"], group: "after" },
];

const BY_ID = new Map(SHORTCUTS.map((shortcut) => [shortcut.id, shortcut]));

const apple = /Mac|iP(hone|ad|od)/.test(navigator.userAgent);

/** How a shortcut's keys are printed on this machine. */
export function keysOf(id: ShortcutId): readonly string[] {
  const names: Readonly<Record<string, string>> = apple
    ? { Mod: "⌘", Alt: "⌥", Enter: "↵" }
    : { Mod: "Ctrl", Enter: "↵" };
  return (BY_ID.get(id)?.keys ?? []).map((key) => names[key] ?? key);
}

/** Whether the event is the shortcut's. */
export function isShortcut(event: KeyboardEvent, id: ShortcutId): boolean {
  const shortcut = BY_ID.get(id);
  if (shortcut === undefined || event.repeat) return false;
  const mod = apple ? event.metaKey : event.ctrlKey;
  switch (shortcut.with) {
    case "mod":
      return mod && !event.altKey && event.code === shortcut.code;
    case "alt":
      return event.altKey && !event.ctrlKey && !event.metaKey && event.code === shortcut.code;
    case "none":
      return !mod && !event.altKey && event.key === "?" && !typing(event.target);
  }
}

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName))
  );
}

/** Who listens to each shortcut; the one who came last has it, as a dialog over its page. */
const listeners = new Map<ShortcutId, (() => void)[]>();

/**
 * Heard before any control hears it: a select that has the focus would open at Ctrl+Enter, a button
 * would be pressed.
 */
function hear(event: KeyboardEvent): void {
  for (const [id, waiting] of listeners) {
    const run = waiting.at(-1);
    if (run === undefined || !isShortcut(event, id)) continue;
    event.preventDefault();
    event.stopPropagation();
    run();
    return;
  }
}
addEventListener("keydown", hear, true);

/** Run something on its shortcut, wherever the focus is. */
export function useShortcut(id: ShortcutId, run: () => void, enabled = true): void {
  const latest = useLatest(run);
  useEffect(() => {
    if (!enabled) return;
    const waiting = listeners.get(id) ?? [];
    listeners.set(id, waiting);
    waiting.push(latest);
    return () => {
      waiting.splice(waiting.lastIndexOf(latest), 1);
    };
  }, [id, enabled, latest]);
}
