/** Language and theme: kept on this machine for the log-in page, and with the user by the server. */
import { Observable } from "../core/observable.ts";
import { firstLanguage, type Language } from "../core/words.ts";

export type Theme = "light" | "dark" | "system";

export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
}

const KEPT_UNDER = "parley.preferences";

function kept(): Partial<Preferences> {
  try {
    return JSON.parse(localStorage.getItem(KEPT_UNDER) ?? "{}") as Partial<Preferences>;
  } catch {
    return {};
  }
}

function first(): Preferences {
  const { language, theme } = kept();
  return {
    language: firstLanguage(language ?? null, navigator.languages),
    theme: theme === "light" || theme === "dark" ? theme : "system",
  };
}

export const preferences = new Observable<Preferences>(first());

/** Change what is given, and keep it on this machine. */
export function prefer(change: Partial<Preferences>): void {
  const next = { ...preferences.get(), ...change };
  localStorage.setItem(KEPT_UNDER, JSON.stringify(next));
  preferences.set(next);
}
