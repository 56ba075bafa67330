import { describe, expect, it } from "vitest";
import { formatsOf } from "./formats.ts";
import { firstLanguage, readable, wordsOf } from "./words.ts";

const words = wordsOf(
  "en",
  {
    hello: "Hello {name}",
    calls: "{n} {n|call|calls}",
    since: "since {at:time}",
    "alert.vip": "VIP",
  },
  (value, _name, style) => (style === "" ? String(value) : `<${style}>`),
);

describe("words", () => {
  it("leaves no colon where the last parameter is empty", () => {
    const show = (value: string | number) => String(value);
    const words = wordsOf("en", { due: "Due {at}: {subject}", zh: "{at} 到期：{subject}" }, show);
    expect(words.t("due", { at: "9:00", subject: "" })).toBe("Due 9:00");
    expect(words.t("zh", { at: "9:00", subject: "" })).toBe("9:00 到期");
    expect(words.t("due", { at: "9:00", subject: "Invoice" })).toBe("Due 9:00: Invoice");
    expect(words.t("due", { at: "9:00" })).toBe("Due 9:00: {subject}");
  });

  it("fill in parameters and leave unknown ones visible", () => {
    expect(words.t("hello", { name: "Ana" })).toBe("Hello Ana");
    expect(words.t("hello")).toBe("Hello {name}");
  });

  it("pick singular and plural", () => {
    expect(words.t("calls", { n: 1 })).toBe("1 call");
    expect(words.t("calls", { n: 3 })).toBe("3 calls");
  });

  it("pass on how an instant is to be written", () => {
    expect(words.t("since", { at: "2026-11-22T09:00:00Z" })).toBe("since <time>");
  });

  it("show a code no catalogue knows in a readable form", () => {
    expect(words.code("alert", "vip")).toBe("VIP");
    expect(words.code("alert", "moved_house")).toBe("Moved house");
    expect(readable("reason.order_late")).toBe("Order late");
  });

  it("begin with the kept language, then the browser's, then English", () => {
    expect(firstLanguage("fa", ["zh-CN"])).toBe("fa");
    expect(firstLanguage(null, ["de", "zh-CN"])).toBe("zh");
    expect(firstLanguage("xx", [])).toBe("en");
  });
});

describe("formats", () => {
  const noon = "2026-11-22T12:00:00Z";

  it("tell two instants of one minute apart where they are compared", () => {
    const en = formatsOf("en", "UTC");
    expect(en.second("2026-11-22T12:00:07Z")).toBe("12:00:07");
    expect(en.second("2026-11-22T12:00:09Z")).toBe("12:00:09");
  });

  it("write Persian with its own digits and calendar", () => {
    const fa = formatsOf("fa", "UTC");
    expect(fa.clock(125)).toBe("۲:۰۵");
    expect(fa.date(noon)).toContain("۱۴۰۵");
    expect(fa.date(noon)).toContain("آذر");
    expect(fa.number(1234)).toBe("۱٬۲۳۴");
    expect(fa.phone("+989121234567")).toBe("+۹۸ ۹۱۲ ۱۲۳ ۴۵۶۷");
  });

  it("write Chinese and English dates their way", () => {
    expect(formatsOf("zh", "UTC").date(noon)).toBe("2026年11月22日");
    expect(formatsOf("en", "UTC").date(noon)).toBe("22 Nov 2026");
  });

  it("write durations with hours only when there are some", () => {
    const en = formatsOf("en", "UTC");
    expect(en.clock(59)).toBe("0:59");
    expect(en.clock(3_661)).toBe("1:01:01");
    expect(en.clock(-3)).toBe("0:00");
  });

  it("survive what is no date, currency or language", () => {
    const en = formatsOf("en", "UTC");
    expect(en.date("never")).toBe("");
    expect(en.money("12.50", "??")).toBe("12.5 ??");
    expect(en.languageName("")).toBe("");
  });
});
