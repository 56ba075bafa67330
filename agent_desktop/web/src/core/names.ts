/**
 * What the site calls its queues, skills and numbers, in the page's language.
 *
 * Live values carry ids, and for queues the name in the site's first language: it is shown until
 * the names are here, and for a queue that the site has no more.
 */
import type { Schemas } from "./api.ts";
import type { Language } from "./words.ts";

export type SiteNames = Schemas["NamesView"];

export const NO_NAMES: SiteNames = { queues: {}, skills: {}, numbers: {} };

export interface Names {
  queue(id: string, otherwise: string): string;
  skill(id: string): string;
  /** What a dialled number is for; "" when the site does not say. */
  number(dnis: string): string;
}

/** The names in one language. */
export function namesIn(language: Language, site: SiteNames): Names {
  const of = (kind: keyof SiteNames, id: string, otherwise: string): string =>
    (Object.hasOwn(site[kind], id) ? site[kind][id]?.[language] : undefined) ?? otherwise;
  return {
    queue: (id, otherwise) => of("queues", id, otherwise),
    skill: (id) => of("skills", id, id),
    number: (dnis) => of("numbers", dnis, ""),
  };
}
