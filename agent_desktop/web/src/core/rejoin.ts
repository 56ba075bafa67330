/**
 * Gets the sound of a call back after a reload: the call lives on at the server, our leg is gone.
 *
 * Waits a moment before asking, because a call that just ended looks the same for an instant, and
 * asks again while it does not come.
 */
import type { Clock } from "./socket.ts";

const SETTLE = 900;
const AGAIN = 5_000;

export interface Situation {
  /** The socket is live and the phone registered. */
  readonly able: boolean;
  /** The call the server says we are in; "" when there is none. */
  readonly call: string;
  /** The phone carries no leg at all. */
  readonly silent: boolean;
}

export class Rejoiner {
  readonly #ask: (call: string) => void;
  readonly #clock: Clock;
  #cancel: (() => void) | null = null;
  #wanted = "";

  constructor(ask: (call: string) => void, clock: Clock) {
    this.#ask = ask;
    this.#clock = clock;
  }

  /** Tell how things stand, whenever they may have changed. */
  see({ able, call, silent }: Situation): void {
    const wanted = able && silent ? call : "";
    if (wanted === this.#wanted) return;
    this.stop();
    this.#wanted = wanted;
    if (wanted !== "") this.#in(SETTLE, wanted);
  }

  /** Forget it. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#wanted = "";
  }

  #in(ms: number, call: string): void {
    this.#cancel = this.#clock.after(ms, () => {
      this.#ask(call);
      this.#in(AGAIN, call);
    });
  }
}
