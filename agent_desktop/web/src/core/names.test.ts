import { describe, expect, it } from "vitest";
import { NO_NAMES, namesIn, type SiteNames } from "./names.ts";

const SITE: SiteNames = {
  queues: { support: { en: "Support", zh: "技术支持", fa: "پشتیبانی" } },
  skills: { "lang-zh": { en: "Chinese", zh: "中文", fa: "چینی" } },
  numbers: { "5001": { en: "Main line", zh: "总机", fa: "خط اصلی" } },
};

describe("what the site calls things", () => {
  it("is read in the language of the page", () => {
    const [zh, fa] = [namesIn("zh", SITE), namesIn("fa", SITE)];
    expect([zh.queue("support", "Support"), zh.skill("lang-zh"), zh.number("5001")]).toEqual([
      "技术支持",
      "中文",
      "总机",
    ]);
    expect([fa.queue("support", "Support"), fa.skill("lang-zh"), fa.number("5001")]).toEqual([
      "پشتیبانی",
      "چینی",
      "خط اصلی",
    ]);
  });

  it("falls back to what came with the live value, for what the site does not know", () => {
    for (const names of [namesIn("zh", NO_NAMES), namesIn("zh", { ...SITE, queues: {} })]) {
      expect(names.queue("support", "Support")).toBe("Support");
    }
    expect(namesIn("fa", SITE).skill("harp")).toBe("harp");
    expect(namesIn("fa", SITE).number("5999")).toBe("");
    expect(namesIn("en", SITE).queue("constructor", "Gone")).toBe("Gone");
  });
});
