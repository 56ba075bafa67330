/** Numbers, durations, instants, money and telephone numbers as each language writes them. */
import type { Language } from "./words.ts";

const LOCALES: Readonly<Record<Language, string>> = {
  en: "en-GB",
  zh: "zh-CN",
  fa: "fa-IR-u-ca-persian-nu-arabext",
};

const PERSIAN_ZERO = 0x06f0;

export interface Formats {
  number(value: number, digits?: number): string;
  percent(rate: number): string;
  /** 4:05 or 1:02:03. */
  clock(seconds: number): string;
  /** A rounded duration in words: 45 s, 12 min, 3 h. */
  about(seconds: number): string;
  time(instant: string): string;
  /** The time to the second, where two are compared. */
  second(instant: string): string;
  date(instant: string): string;
  dateTime(instant: string): string;
  /** Weekday and date, for choosing a day. */
  day(instant: Date): string;
  /** 3 days ago, tomorrow. */
  relative(instant: string, now: number): string;
  money(amount: string, currency: string): string;
  /** A telephone number, grouped; show it left to right in every language. */
  phone(number: string): string;
  /** The digits of a text in the language's own form. */
  digits(text: string): string;
  languageName(code: string): string;
  regionName(code: string): string;
}

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** The formats of a language. */
export function formatsOf(language: Language, timeZone?: string): Formats {
  const locale = LOCALES[language];
  const zone = timeZone === undefined ? {} : { timeZone };
  const dates = (options: Intl.DateTimeFormatOptions) => {
    const format = new Intl.DateTimeFormat(locale, { ...options, ...zone });
    return (instant: string | Date) => {
      const date = typeof instant === "string" ? new Date(instant) : instant;
      return Number.isNaN(date.getTime()) ? "" : format.format(date);
    };
  };
  const fractions = kept(
    (fraction: number) =>
      new Intl.NumberFormat(locale, {
        minimumFractionDigits: fraction,
        maximumFractionDigits: fraction,
      }),
  );
  const units = kept(
    (unit: string) =>
      new Intl.NumberFormat(locale, {
        style: "unit",
        unit,
        unitDisplay: "short",
        maximumFractionDigits: 0,
      }),
  );
  const numbers = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const percents = new Intl.NumberFormat(locale, { style: "percent" });
  const relatives = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  const date = dates({ year: "numeric", month: "short", day: "numeric" });
  const dateTime = dates({
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
  const digits = (text: string) =>
    language === "fa"
      ? text.replaceAll(/[0-9]/g, (digit) => String.fromCharCode(PERSIAN_ZERO + Number(digit)))
      : text;
  const unit = (value: number, name: string) => units(name).format(value);
  const money = kept((currency: string) => moneyOf(locale, currency));
  return {
    number: (value, fraction) =>
      fraction === undefined ? numbers.format(value) : fractions(fraction).format(value),
    percent: (rate) => percents.format(rate),
    clock: (seconds) => digits(clockOf(seconds)),
    about: (seconds) => {
      if (seconds < 90) return unit(Math.round(seconds), "second");
      if (seconds < 5_400) return unit(Math.round(seconds / 60), "minute");
      return unit(Math.round(seconds / 3_600), "hour");
    },
    time: dates({ hour: "2-digit", minute: "2-digit" }),
    second: dates({ hour: "2-digit", minute: "2-digit", second: "2-digit" }),
    date,
    dateTime,
    day: dates({ weekday: "short", month: "short", day: "numeric" }),
    relative: (instant, now) => {
      const seconds = (Date.parse(instant) - now) / 1000;
      if (Number.isNaN(seconds)) return "";
      for (const [name, size] of UNITS) {
        if (Math.abs(seconds) >= size) return relatives.format(Math.trunc(seconds / size), name);
      }
      return relatives.format(0, "minute");
    },
    money: (amount, currency) => money(currency)(amount),
    phone: (number) => digits(grouped(number)),
    digits,
    languageName: kept((code: string) => nameOf(locale, "language", code)),
    regionName: kept((code: string) => nameOf(locale, "region", code)),
  };
}

function clockOf(total: number): string {
  const whole = Math.max(0, Math.floor(total));
  const two = (value: number) => String(value).padStart(2, "0");
  const hours = Math.floor(whole / 3_600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(whole % 60)}`
    : `${minutes}:${two(whole % 60)}`;
}

/** Remember what was made of each argument: the formats of ``Intl`` take long to make. */
function kept<A extends string | number, R>(make: (argument: A) => R): (argument: A) => R {
  const made = new Map<A, R>();
  return (argument) => {
    const known = made.get(argument);
    if (known !== undefined) return known;
    const result = make(argument);
    made.set(argument, result);
    return result;
  };
}

function moneyOf(locale: string, currency: string): (amount: string) => string {
  const format = currencyFormat(locale, currency);
  return (amount) => {
    const value = Number(amount);
    return Number.isNaN(value) ? `${amount} ${currency}` : format(value);
  };
}

function currencyFormat(locale: string, currency: string): (value: number) => string {
  try {
    return new Intl.NumberFormat(locale, { style: "currency", currency }).format;
  } catch {
    const plain = new Intl.NumberFormat(locale);
    return (value) => `${plain.format(value)} ${currency}`;
  }
}

function nameOf(locale: string, type: "language" | "region", code: string): string {
  if (code === "") return "";
  try {
    return new Intl.DisplayNames(locale, { type }).of(code) ?? code;
  } catch {
    return code;
  }
}

const GROUPS: readonly (readonly [RegExp, string])[] = [
  [/^\+1(\d{3})(\d{3})(\d{4})$/, "+1 $1 $2 $3"],
  [/^\+86(1\d{2})(\d{4})(\d{4})$/, "+86 $1 $2 $3"],
  [/^\+98(9\d{2})(\d{3})(\d{4})$/, "+98 $1 $2 $3"],
  [/^\+98(\d{2})(\d{4})(\d{4})$/, "+98 $1 $2 $3"],
  [/^\+44(\d{4})(\d{6})$/, "+44 $1 $2"],
  [/^\+86(\d{2,3})(\d{4})(\d{4})$/, "+86 $1 $2 $3"],
];

function grouped(number: string): string {
  for (const [shape, groups] of GROUPS) {
    if (shape.test(number)) return number.replace(shape, groups);
  }
  return number;
}
