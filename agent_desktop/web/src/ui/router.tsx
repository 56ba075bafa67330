/** The few addresses of the desktop, on the browser's history. */
import type { MouseEvent, ReactNode } from "react";
import { Observable } from "../core/observable.ts";
import { useObservable } from "./hooks.ts";

const here = new Observable(location.pathname);
addEventListener("popstate", () => here.set(location.pathname));

/** Go to an address of the desktop. */
export function go(path: string, { replace = false } = {}): void {
  if (path === location.pathname) return;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  here.set(location.pathname);
}

/** The address we are at. */
export function usePath(): string {
  return useObservable(here);
}

interface LinkProps {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string | undefined;
  readonly current?: boolean;
}

/** A link that stays in the page, unless the user asks for another tab. */
export function Link({ to, children, className, current = false }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a href={to} className={className} onClick={follow} aria-current={current ? "page" : undefined}>
      {children}
    </a>
  );
}
