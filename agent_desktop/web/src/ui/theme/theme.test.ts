import { describe, expect, it } from "vitest";
import { themeOf } from "./theme.ts";

/** Relative luminance as WCAG 2 defines it. */
function luminance(color: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe.each([
  ["light", false],
  ["dark", true],
])("in the %s theme", (_name, dark) => {
  it("white on the main button can be read, also under the pointer", () => {
    const button = themeOf(dark).components?.Button ?? {};
    for (const key of ["colorPrimary", "colorPrimaryHover", "colorPrimaryActive"] as const) {
      expect(1.05 / (luminance(String(button[key])) + 0.05)).toBeGreaterThanOrEqual(4.5);
    }
  });
});
