/**
 * This page's own name: the same after a reload, and never that of another tab.
 *
 * It lies in the tab's storage only while the page is away. A tab that is duplicated or opened from
 * this one gets a copy of the storage, and must not get the name of a page that is still there.
 */
const KEPT_UNDER = "parley.page";

type Kept = Pick<Storage, "getItem" | "setItem" | "removeItem">;

export function pageName(
  storage: Kept = sessionStorage,
  leaving: Pick<Window, "addEventListener"> = window,
  fresh: () => string = () => `${Date.now().toString(36)}.${Math.random().toString(36).slice(2)}`,
): string {
  const name = storage.getItem(KEPT_UNDER) ?? fresh();
  storage.removeItem(KEPT_UNDER);
  leaving.addEventListener("pagehide", () => storage.setItem(KEPT_UNDER, name));
  leaving.addEventListener("pageshow", () => storage.removeItem(KEPT_UNDER));
  return name;
}
