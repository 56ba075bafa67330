/** Loads one language: our texts and Ant Design's, so that only the chosen one is fetched. */
import type { Locale } from "antd/es/locale";
import type { Catalogue, Language } from "../../core/words.ts";

export interface LoadedLanguage {
  readonly language: Language;
  readonly catalogue: Catalogue;
  readonly antd: Locale;
  readonly direction: "ltr" | "rtl";
}

const LOADERS: Readonly<Record<Language, () => Promise<[Catalogue, { default: Locale }]>>> = {
  en: () => Promise.all([import("./en.ts").then((m) => m.en), import("antd/es/locale/en_GB")]),
  zh: () => Promise.all([import("./zh.ts").then((m) => m.zh), import("antd/es/locale/zh_CN")]),
  fa: () => Promise.all([import("./fa.ts").then((m) => m.fa), import("antd/es/locale/fa_IR")]),
};

/** Fetch a language. */
export async function loadLanguage(language: Language): Promise<LoadedLanguage> {
  const [catalogue, antd] = await LOADERS[language]();
  const direction = language === "fa" ? "rtl" : "ltr";
  return { language, catalogue, antd: antd.default, direction };
}

/** Each language's name in itself. */
export const LANGUAGE_NAMES: Readonly<Record<Language, string>> = {
  en: "English",
  zh: "中文",
  fa: "فارسی",
};
