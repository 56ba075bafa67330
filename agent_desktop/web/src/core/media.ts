/** Microphones, speakers and the level of a sound. Browser only; no SIP here. */
import type { Devices, PhoneTrouble } from "./phone.ts";

const KEPT_UNDER = "parley.devices";

/** The devices chosen on this machine. */
export function keptDevices(storage: Pick<Storage, "getItem"> = localStorage): Devices {
  const fallback = { microphone: "", speaker: "" };
  try {
    const kept = JSON.parse(storage.getItem(KEPT_UNDER) ?? "{}") as Partial<Devices>;
    return { ...fallback, ...kept };
  } catch {
    return fallback;
  }
}

/** Keep the choice on this machine. */
export function keepDevices(
  devices: Devices,
  storage: Pick<Storage, "setItem"> = localStorage,
): void {
  storage.setItem(KEPT_UNDER, JSON.stringify(devices));
}

/** Open the chosen microphone, or any when the chosen one is gone. */
export async function openMicrophone(id: string): Promise<MediaStream> {
  const wish = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    const audio = id === "" ? wish : { ...wish, deviceId: { exact: id } };
    return await navigator.mediaDevices.getUserMedia({ audio });
  } catch (error) {
    if (id === "" || !(error instanceof DOMException)) throw error;
    if (error.name !== "OverconstrainedError" && error.name !== "NotFoundError") throw error;
    return navigator.mediaDevices.getUserMedia({ audio: wish });
  }
}

/** What to tell the user about a microphone that could not be opened. */
export function microphoneTrouble(error: unknown): PhoneTrouble {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return "mic_denied";
  if (name === "NotFoundError" || name === "OverconstrainedError") return "mic_missing";
  return navigator.mediaDevices === undefined ? "mic_denied" : "mic_failed";
}

/** End the capture, so that the browser's recording mark goes out. */
export function release(stream: MediaStream | null): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export interface Meter {
  /** Loudness now, 0 to 1. */
  level(): number;
  stop(): void;
}

/** Measure a sound's loudness. */
export function meterOf(stream: MediaStream): Meter {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 512;
  context.createMediaStreamSource(stream).connect(analyser);
  void context.resume(); // after a reload nothing was clicked yet, and it begins suspended
  const samples = new Float32Array(analyser.fftSize);
  return {
    level: () => {
      analyser.getFloatTimeDomainData(samples);
      let sum = 0;
      for (const sample of samples) sum += sample * sample;
      const decibels = 10 * Math.log10(sum / samples.length + 1e-10);
      return Math.max(0, Math.min(1, (decibels + 60) / 50));
    },
    stop: () => void context.close(),
  };
}

interface Note {
  /** Seconds after the melody's beginning. */
  readonly at: number;
  readonly pitch: number;
  readonly lasts: number;
}

interface Melody {
  readonly notes: readonly Note[];
  /** Milliseconds from one beginning to the next. */
  readonly every: number;
}

/** A soft two-tone ring. */
export const RING: Melody = {
  notes: [
    { at: 0, pitch: 660, lasts: 0.4 },
    { at: 0.22, pitch: 880, lasts: 0.4 },
  ],
  every: 2_000,
};

/** What a caller hears while it rings at the other end; telephones make it themselves. */
export const RINGBACK: Melody = { notes: [{ at: 0, pitch: 425, lasts: 1 }], every: 4_000 };

/** Two falling notes: time runs out. */
export const TIME_RUNS_OUT: Melody = {
  notes: [
    { at: 0, pitch: 784, lasts: 0.3 },
    { at: 0.2, pitch: 587, lasts: 0.5 },
  ],
  every: 0,
};

/** One soft note: something is due. */
export const DUE: Melody = { notes: [{ at: 0, pitch: 698, lasts: 0.5 }], every: 0 };

/** Play a melody once; a browser that lets nothing sound yet keeps silent. */
export function playOnce(melody: Melody): void {
  const context = new AudioContext();
  for (const note of melody.notes) play(context, note);
  setTimeout(() => void context.close(), 1_500);
}

/** Plays a melody again and again, made here so that nothing has to be loaded. */
export class Ringer {
  readonly #melody: Melody;
  #context: AudioContext | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(melody: Melody = RING) {
    this.#melody = melody;
  }

  start(): void {
    if (this.#context !== null) return;
    const context = new AudioContext();
    this.#context = context;
    const ring = () => {
      for (const note of this.#melody.notes) play(context, note);
    };
    ring();
    this.#timer = setInterval(ring, this.#melody.every);
  }

  stop(): void {
    clearInterval(this.#timer);
    void this.#context?.close();
    this.#context = null;
  }
}

function play(context: AudioContext, { at, pitch, lasts }: Note): void {
  const source = context.createOscillator();
  const volume = context.createGain();
  const begins = context.currentTime + at;
  source.frequency.value = pitch;
  volume.gain.setValueAtTime(0, begins);
  volume.gain.linearRampToValueAtTime(0.12, begins + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, begins + lasts);
  source.connect(volume).connect(context.destination);
  source.start(begins);
  source.stop(begins + lasts + 0.05);
}
