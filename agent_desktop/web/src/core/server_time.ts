/** The server's time on this machine: durations on screen must not depend on a wrong local clock. */
export class ServerTime {
  #ahead = 0;

  /** The server said its time just now. */
  hear(now: string, local = Date.now()): void {
    const instant = Date.parse(now);
    if (!Number.isNaN(instant)) this.#ahead = instant - local;
  }

  /** The server's time in milliseconds of the epoch. */
  readonly now = (local = Date.now()): number => local + this.#ahead;
}

/** Whole seconds from an instant until now, never negative. */
export function secondsSince(instant: string, now: number): number {
  return Math.max(0, Math.floor((now - Date.parse(instant)) / 1000));
}

/** Whole seconds from now until an instant, never negative. */
export function secondsUntil(instant: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(instant) - now) / 1000));
}
