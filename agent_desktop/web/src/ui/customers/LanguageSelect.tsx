/** Chooses the language that a customer speaks: those of the pages first, any of the others by name. */
import { Select, type SelectProps } from "antd";
import { useCallback, useMemo } from "react";
import { LANGUAGES } from "../../core/words.ts";
import { useSpeech } from "../hooks.ts";
import { LANGUAGE_NAMES } from "../i18n/load.ts";

/** Spoken by more than ten million people, or official somewhere in Europe. */
const SPOKEN =
  "am ar az be bg bn bs ca cs cy da de el es et eu fi fil fr ga gl gu ha he hi hr hu hy id ig is it ja " +
  "ka kk km kn ko ku lb lo lt lv mk ml mn mr ms mt my nb ne nl or pa pl ps pt pt-BR ro ru sd si sk sl " +
  "so sq sr sv sw ta te tg th tk tr uk ur uz vi yo yue zh-Hant zu";

interface LanguageSelectProps
  extends Omit<SelectProps<string>, "options" | "value" | "onChange" | "showSearch"> {
  /** A BCP 47 tag; "" for none. */
  readonly value: string;
  readonly onChange: (language: string) => void;
}

export function LanguageSelect({ value, onChange, ...rest }: LanguageSelectProps) {
  const label = useLanguageName();
  const options = useMemo(() => {
    const others = SPOKEN.split(" ")
      .map((tag) => ({ value: tag, label: label(tag) }))
      .sort((a, b) => a.label.localeCompare(b.label));
    const first = ["", ...LANGUAGES].map((tag) => ({ value: tag, label: label(tag) }));
    const known = [...first, ...others];
    return known.some((one) => one.value === value)
      ? known
      : [...known, { value, label: label(value) }];
  }, [label, value]);
  return (
    <Select<string>
      showSearch={{ optionFilterProp: "label" }}
      value={value}
      onChange={onChange}
      options={options}
      {...rest}
    />
  );
}

/** A customer's language as the page calls it. */
export function useLanguageName(): (tag: string) => string {
  const { t, formats } = useSpeech();
  return useCallback(
    (tag) =>
      tag === ""
        ? t("party.no_language")
        : (LANGUAGE_NAMES[tag as keyof typeof LANGUAGE_NAMES] ?? formats.languageName(tag)),
    [t, formats],
  );
}
