import { describe, expect, it } from "vitest";
import { qualityOf } from "./quality.ts";

const stats = (received: number, lost: number, jitter = 0.005) =>
  new Map<string, unknown>([
    [
      "in",
      { type: "inbound-rtp", kind: "audio", packetsReceived: received, packetsLost: lost, jitter },
    ],
  ]);

describe("the quality of a call", () => {
  it("is judged by the last stretch, not by the whole call", () => {
    const judge = qualityOf();
    expect(judge(stats(100, 20))).toBe("poor");
    expect(judge(stats(200, 20))).toBe("good");
    expect(judge(stats(300, 22))).toBe("fair");
  });

  it("is unknown while nothing arrives", () => {
    expect(qualityOf()(new Map())).toBe("unknown");
  });

  it("suffers from jitter", () => {
    expect(qualityOf()(stats(100, 0, 0.08))).toBe("poor");
  });
});
