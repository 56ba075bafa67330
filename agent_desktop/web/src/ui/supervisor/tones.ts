/** When a figure deserves a colour. */
import type { QueueFigures } from "../../core/protocol.gen.ts";
import type { Tone } from "../parts/parts.tsx";

const LEVEL_GOOD = 0.8;
const LEVEL_POOR = 0.6;

/** Colour of a service level. */
export function levelTone(level: number | null): Tone {
  if (level === null) return "neutral";
  return level >= LEVEL_GOOD ? "green" : level >= LEVEL_POOR ? "amber" : "red";
}

/** Colour of a wait against the queue's answer time. */
export function waitTone(seconds: number, answerWithin: number): Tone {
  if (seconds <= answerWithin) return "neutral";
  return seconds <= answerWithin * 3 ? "amber" : "red";
}

/** Colour of a whole queue: closed, calm, pressed, in trouble. */
export function queueTone(queue: QueueFigures, now: number): Tone {
  if (!queue.open) return "neutral";
  if (queue.waiting === 0) return "green";
  const oldest = queue.oldest_since === null ? 0 : (now - Date.parse(queue.oldest_since)) / 1000;
  const tone = waitTone(oldest, queue.answer_within_s);
  if (tone === "red" || queue.agents_signed_in === 0) return "red";
  return tone === "amber" ? "amber" : "green";
}
