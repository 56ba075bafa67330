import { describe, expect, it } from "vitest";
import { pageName } from "./page_name.ts";

class Tab {
  readonly kept = new Map<string, string>();
  #leaving: (() => void)[] = [];
  readonly storage = {
    getItem: (key: string) => this.kept.get(key) ?? null,
    setItem: (key: string, value: string) => void this.kept.set(key, value),
    removeItem: (key: string) => void this.kept.delete(key),
  };
  load(fresh: string): string {
    this.#leaving = [];
    const window = {
      addEventListener: (event: string, run: () => void) => {
        if (event === "pagehide") this.#leaving.push(run);
      },
    };
    return pageName(this.storage, window as unknown as Window, () => fresh);
  }
  leave(): void {
    for (const run of this.#leaving) run();
  }
}

describe("the page's name", () => {
  it("is the same after a reload", () => {
    const tab = new Tab();
    expect(tab.load("one")).toBe("one");
    tab.leave();
    expect(tab.load("two")).toBe("one");
    tab.leave();
    expect(tab.load("three")).toBe("one");
  });

  it("is not given to a tab that is opened from this one while it is there", () => {
    const tab = new Tab();
    tab.load("one");
    const copy = new Tab();
    for (const [key, value] of tab.kept) copy.kept.set(key, value);
    expect(copy.load("two")).toBe("two");
  });
});
