/**
 * Does something when a state of affairs has lasted for a while.
 *
 * The floor's word and the phone's come by different ways, so for a moment they may differ. What
 * stays different is put right: a leg that belongs to no call of the floor (Asterisk's BYE or
 * CANCEL reached nobody while the SIP websocket was away) would be busy for the next call; a phone
 * that the floor takes for lost would not be rung.
 */
import type { Clock } from "./socket.ts";

export class Patience {
  readonly #ms: number;
  readonly #act: () => void;
  readonly #clock: Clock;
  #cancel: (() => void) | null = null;

  constructor(ms: number, act: () => void, clock: Clock) {
    this.#ms = ms;
    this.#act = act;
    this.#clock = clock;
  }

  /** Tell, whenever it may have changed, whether it is so. */
  see(holds: boolean): void {
    if (holds === (this.#cancel !== null)) return;
    this.stop();
    if (!holds) return;
    this.#cancel = this.#clock.after(this.#ms, () => {
      this.#cancel = null;
      this.#act();
    });
  }

  /** Forget it. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }
}
