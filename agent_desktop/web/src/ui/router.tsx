/** The few addresses of the desktop, on the browser's history. */
import type { MouseEvent, ReactNode } from "react";
import { Observable } from "../core/observable.ts";
import { useObservable } from "./hooks.ts";

const here = new Observable(location.pathname);
const asked = new Observable(location.hash);
const look = (): void => {
  here.set(location.pathname);
  asked.set(location.hash);
};
addEventListener("popstate", look);

/** Go to an address of the desktop. */
export function go(path: string, { replace = false } = {}): void {
  if (path === location.pathname + location.hash) return;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  look();
}

/** The path we are at. */
export function usePath(): string {
  return useObservable(here);
}

/**
 * An address with what its page is asked for, such as a search. It stands after the "#", which
 * browsers keep to themselves: what is searched for is people's data, and addresses are logged.
 */
export function addressOf(path: string, values: Readonly<Record<string, string>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== "");
  return given.length === 0 ? path : `${path}#${new URLSearchParams(given)}`;
}

/** One of the values in our address, or "". */
export function useAsked(name: string): string {
  return new URLSearchParams(useObservable(asked).slice(1)).get(name) ?? "";
}

interface LinkProps {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string | undefined;
  readonly current?: boolean;
  /** What is kept in this page's address before it is left. */
  readonly leaving?: string;
}

/** A link that stays in the page, unless the user asks for another tab. */
export function Link({ to, children, className, current = false, leaving }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    if (leaving !== undefined) go(leaving, { replace: true });
    go(to);
  };
  return (
    <a href={to} className={className} onClick={follow} aria-current={current ? "page" : undefined}>
      {children}
    </a>
  );
}
