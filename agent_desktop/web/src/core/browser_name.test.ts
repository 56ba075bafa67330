import { describe, expect, it } from "vitest";
import { browserName } from "./browser_name.ts";

const APPLE = "AppleWebKit/537.36 (KHTML, like Gecko)";

describe("the name of a browser", () => {
  it.each([
    [
      `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${APPLE} Chrome/140.0 Safari/537.36`,
      "Chrome",
      "Windows",
    ],
    [
      `Mozilla/5.0 (Windows NT 10.0) ${APPLE} Chrome/140.0 Safari/537.36 Edg/140.0`,
      "Edge",
      "Windows",
    ],
    [
      `Mozilla/5.0 (X11; Linux x86_64) ${APPLE} HeadlessChrome/140.0 Safari/537.36`,
      "Chrome",
      "Linux",
    ],
    ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"],
    [
      `Mozilla/5.0 (Macintosh; Intel Mac OS X 15_0) ${APPLE} Version/19.0 Safari/605.1`,
      "Safari",
      "macOS",
    ],
    [
      `Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) ${APPLE} CriOS/140.0 Safari/1`,
      "Chrome",
      "iPhone",
    ],
    [
      `Mozilla/5.0 (Linux; Android 16; Pixel) ${APPLE} Chrome/140.0 Mobile Safari/537.36`,
      "Chrome",
      "Android",
    ],
    ["curl/8.9", "", ""],
    ["", "", ""],
  ])("of %s", (agent, browser, system) => {
    expect(browserName(agent)).toEqual({ browser, system });
  });
});
