/** How a call sounds, judged from the browser's own figures of the last stretch. */
import type { Quality } from "./phone.ts";

interface Figures {
  readonly lost: number;
  readonly received: number;
  readonly jitterMs: number;
  readonly roundTripMs: number;
}

/** Judges stretch by stretch: counters of WebRTC statistics only ever grow. */
export function qualityOf(): (stats: Iterable<readonly [string, unknown]>) => Quality {
  let before: Figures = { lost: 0, received: 0, jitterMs: 0, roundTripMs: 0 };
  return (stats) => {
    const now = figuresOf(stats);
    const lost = now.lost - before.lost;
    const received = now.received - before.received;
    before = now;
    if (received + lost <= 0) return "unknown";
    const loss = lost / (received + lost);
    if (loss > 0.05 || now.jitterMs > 60 || now.roundTripMs > 500) return "poor";
    if (loss > 0.01 || now.jitterMs > 30 || now.roundTripMs > 250) return "fair";
    return "good";
  };
}

function figuresOf(stats: Iterable<readonly [string, unknown]>): Figures {
  const figures = { lost: 0, received: 0, jitterMs: 0, roundTripMs: 0 };
  for (const [, entry] of stats) {
    const report = entry as Record<string, unknown>;
    const number = (key: string) => (typeof report[key] === "number" ? report[key] : 0);
    if (report.type === "inbound-rtp" && report.kind === "audio") {
      figures.lost = number("packetsLost");
      figures.received = number("packetsReceived");
      figures.jitterMs = number("jitter") * 1000;
    } else if (report.type === "remote-inbound-rtp") {
      figures.roundTripMs = number("roundTripTime") * 1000;
    }
  }
  return figures;
}
