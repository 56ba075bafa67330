/**
 * Ends a leg of the phone that belongs to no call of the floor.
 *
 * While the SIP websocket is away Asterisk's BYE or CANCEL reaches nobody, so the phone would ring
 * or talk on with no one, and be busy for the next call. The floor knows better; it gets a while,
 * because its word and Asterisk's come by different ways.
 */
import type { Clock } from "./socket.ts";

const PATIENCE = 6_000;

export class StrayLeg {
  readonly #end: () => void;
  readonly #clock: Clock;
  #cancel: (() => void) | null = null;

  constructor(end: () => void, clock: Clock) {
    this.#end = end;
    this.#clock = clock;
  }

  /** Tell, whenever it may have changed, whether there is a leg but no call. */
  see(stray: boolean): void {
    if (stray === (this.#cancel !== null)) return;
    this.stop();
    if (!stray) return;
    this.#cancel = this.#clock.after(PATIENCE, () => {
      this.#cancel = null;
      this.#end();
    });
  }

  /** Forget it. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
