/**
 * Texts by key. ``{name}`` is replaced by a parameter, ``{at:time}`` says how an instant is
 * written, ``{n|call|calls}`` picks by plural rule.
 *
 * Codes that the server sends (reasons, alerts, dispositions, problems …) are keys too, under a
 * family: ``alert.vip``. One that no catalogue knows yet is shown in a readable form.
 */

export type Language = "en" | "zh" | "fa";
export const LANGUAGES: readonly Language[] = ["en", "zh", "fa"];

export type Catalogue = Readonly<Record<string, string>>;
export type Params = Readonly<Record<string, string | number | null | undefined>>;

export interface Words {
  readonly language: Language;
  /** The text of a key that is certainly in the catalogue. */
  t(key: string, params?: Params): string;
  /** The text of a server's code: ``family.code``, else the code itself, else made readable. */
  code(family: string, code: string, params?: Params): string;
  /** Whether the catalogue has the key. */
  has(key: string): boolean;
}

/** How parameters are written: numbers and instants in the language's own way. */
export type ShowParam = (
  value: string | number,
  name: string,
  style: string,
  params: Params,
) => string;

const PLACE = /\{([a-z_0-9]+)(?::([a-z]+))?(?:\|([^|}]*)\|([^}]*))?\}/g;

/** Build the words of one language. */
export function wordsOf(language: Language, catalogue: Catalogue, show: ShowParam): Words {
  const plural = new Intl.PluralRules(language);
  const fill = (text: string, params: Params): string =>
    withoutEnd(text, params).replace(
      PLACE,
      (whole, name: string, style = "", one?: string, other?: string) => {
        const value = params[name];
        if (value === undefined || value === null) return one === undefined ? whole : (other ?? "");
        if (one === undefined) return show(value, name, style, params);
        return (plural.select(Number(value)) === "one" ? one : other) ?? "";
      },
    );
  const has = (key: string) => Object.hasOwn(catalogue, key);
  const t = (key: string, params: Params = {}) => fill(catalogue[key] ?? readable(key), params);
  return {
    language,
    has,
    t,
    code: (family, code, params = {}) => {
      if (code === "") return "";
      const within = `${family}.${code}`;
      if (has(within)) return t(within, params);
      if (has(code)) return t(code, params);
      return readable(code);
    },
  };
}

const LAST = /[\s:：,،;·–-]*\{([a-z_0-9]+)\}$/;

/** A text whose last parameter is empty, without it and what leads to it: no colon is left over. */
function withoutEnd(text: string, params: Params): string {
  const last = LAST.exec(text);
  return last !== null && params[last[1] ?? ""] === "" ? text.slice(0, last.index) : text;
}

/** ``reason.delivery_late`` as a person would write it. */
export function readable(code: string): string {
  const last = code
    .slice(code.lastIndexOf(".") + 1)
    .replaceAll(/[_-]+/g, " ")
    .trim();
  return last === "" ? code : last.charAt(0).toUpperCase() + last.slice(1);
}

/** The language to begin with: the one kept, else the browser's, else English. */
export function firstLanguage(kept: string | null, wishes: readonly string[]): Language {
  for (const wish of [kept ?? "", ...wishes]) {
    const short = wish.toLowerCase().split("-")[0];
    const known = LANGUAGES.find((language) => language === short);
    if (known !== undefined) return known;
  }
  return "en";
}
