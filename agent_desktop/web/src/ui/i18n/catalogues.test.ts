import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "./en.ts";
import { fa } from "./fa.ts";
import { zh } from "./zh.ts";

const english: Readonly<Record<string, string>> = en;
const others = { zh, fa } as const;
const placeholders = (text: string) =>
  [...new Set([...text.matchAll(/\{([a-z_0-9]+)/g)].map(([, name]) => name))].sort();

/** Keys whose text is the same in every language, because there is nothing to translate. */
const SAME = new Set(["title.incoming", "title.talking", "evidence.quote_of"]);

describe.each(Object.entries(others))("the catalogue of %s", (_language, catalogue) => {
  const texts: Readonly<Record<string, string>> = catalogue;

  it("has the same keys as English", () => {
    expect(Object.keys(texts).sort()).toEqual(Object.keys(english).sort());
  });

  it("has a text of its own for each", () => {
    const copied = Object.keys(english).filter(
      (key) => texts[key]?.trim() === "" || (texts[key] === english[key] && !SAME.has(key)),
    );
    expect(copied).toEqual([]);
  });

  it("uses only parameters that English uses", () => {
    const odd = Object.keys(english).filter((key) =>
      placeholders(texts[key] ?? "").some(
        (name) => !placeholders(english[key] ?? "").includes(name),
      ),
    );
    expect(odd).toEqual([]);
  });
});

/** The repository's root, seen from the web folder where the tests run. */
const source = (path: string) => readFileSync(resolve(process.cwd(), "../..", path), "utf8");
const quoted = (text: string, shape: RegExp) => [...text.matchAll(shape)].map((m) => m[1] ?? "");
const missing = (keys: readonly string[]) => [...new Set(keys)].filter((key) => !(key in english));

describe("what the server says in codes has a text", () => {
  it("for reasons, evidence, alerts and suggestions", () => {
    const text = source("crm_core/services/reasons.py");
    const keys = quoted(text, /"((?:reason|evidence|alert|suggest)\.[a-z_]+)"/g);
    const topics = text.slice(text.indexOf("TOPICS: Final"), text.indexOf("KEYS: Final"));
    const named = quoted(topics, /"([a-z_]+)":/g).map((name) => `reason.${name}`);
    expect(keys.length).toBeGreaterThan(20);
    expect(named.length).toBeGreaterThan(5);
    expect(missing([...keys, ...named])).toEqual([]);
  });

  it("for the causes in decision records", () => {
    const keys = quoted(source("acd/explain.py"), /"(why\.[a-z_]+)"/g);
    expect(keys.length).toBeGreaterThan(10);
    expect(missing(keys)).toEqual([]);
  });

  it("for not-ready reasons and failed offers", () => {
    const text = source("acd/reasons.py");
    const reasons = text.slice(
      text.indexOf("class NotReadyReason"),
      text.indexOf("class OfferFailure"),
    );
    const failures = text.slice(text.indexOf("class OfferFailure"));
    const keys = [
      ...quoted(reasons, /= "([a-z_]+)"/g).map((name) => `reason.${name}`),
      ...quoted(failures, /= "([a-z_]+)"/g).map((name) => `offer_ended.${name}`),
    ];
    expect(keys.length).toBeGreaterThan(12);
    expect(missing(keys)).toEqual([]);
  });

  it("for dispositions", () => {
    const codes = [
      ...quoted(source("agent_desktop/server/dispositions.py"), /"([a-z_]+)":/g),
      ...quoted(
        source("crm_core/services/wrap_up.py").match(/DISPOSITIONS: Final = \([^)]*\)/)?.[0] ?? "",
        /"([a-z_]+)"/g,
      ),
    ];
    expect(codes.length).toBeGreaterThan(5);
    const keys = codes.map((code) => `disposition.${code}`);
    expect(missing(keys)).toEqual([]);
    const shown = Object.keys(english).filter((key) => key.startsWith("disposition."));
    expect(shown.filter((key) => !keys.includes(key))).toEqual([]);
  });

  it("for the callers worth playing", () => {
    const hints = quoted(source("crm_core/demo/cast.py"), /_Part\(\s*key="([a-z_]+)"/g);
    expect(hints.length).toBeGreaterThan(5);
    expect(missing(hints.map((hint) => `demo.caller.${hint}`))).toEqual([]);
  });

  it("for case states, moves and kinds", () => {
    const text = source("crm_core/domain/case.py");
    const part = (from: string) => text.slice(text.indexOf(from)).split("\n\n\n")[0] ?? "";
    const keys = (
      [
        ["class CaseState", "case_state"],
        ["class CaseTrigger", "case_move"],
        ["class CaseKind", "case_kind"],
        ["class Priority", "priority"],
      ] as const
    ).flatMap(([from, family]) =>
      quoted(part(from), /= "([a-z_]+)"/g).map((name) => `${family}.${name}`),
    );
    expect(keys.length).toBeGreaterThan(15);
    expect(missing(keys)).toEqual([]);
  });

  it("for the steps of the demo's menu", () => {
    const labels = quoted(source("ivr/flows/demo.yaml"), /label: ([a-z_.]+)/g);
    expect(labels.length).toBeGreaterThan(5);
    expect(missing(labels)).toEqual([]);
  });

  it("for the refusals of the floor and the customer base", () => {
    const codes = quoted(
      source("acd/machine.py") + source("agent_desktop/server/middleware.py"),
      /(?:code = |Problem\(\d+, )"([a-z_]+)"/g,
    );
    expect(codes.length).toBeGreaterThan(8);
    expect(missing(codes.map((code) => `problem.${code}`))).toEqual([]);
  });
});
