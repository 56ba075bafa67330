/**
 * Where the call dock is needed: wherever the softphone cannot be seen or reached.
 *
 * A modal dialog keeps the keyboard within itself, so the dock is put into it.
 */
import { type RefObject, useEffect, useSyncExternalStore } from "react";
import { Observable } from "../../core/observable.ts";

/** Whether the softphone is on screen. */
export const softphoneShows = new Observable(false);

/** Keep ``softphoneShows`` for the softphone. */
export function useShowing(place: RefObject<Element | null>): void {
  useEffect(() => {
    softphoneShows.set(true);
    const element = place.current;
    const watch =
      element === null || !("IntersectionObserver" in globalThis)
        ? null
        : new IntersectionObserver(
            ([entry]) => entry !== undefined && softphoneShows.set(entry.intersectionRatio > 0.6),
            { threshold: [0, 0.6, 1] },
          );
    if (element !== null) watch?.observe(element);
    return () => {
      watch?.disconnect();
      softphoneShows.set(false);
    };
  }, [place]);
}

const MODAL = '[role="dialog"][aria-modal="true"]';

/** The topmost modal dialog that is open; their roots are children of the body. */
function topModal(): Element | null {
  const open = [...document.querySelectorAll(MODAL)].filter(
    (each) => each.getClientRects().length > 0,
  );
  return open.at(-1) ?? null;
}

function watchModals(changed: () => void): () => void {
  const watch = new MutationObserver(changed);
  watch.observe(document.body, { childList: true });
  return () => watch.disconnect();
}

/** The open modal dialog above all others, or null. */
export function useTopModal(): Element | null {
  return useSyncExternalStore(watchModals, topModal);
}
