/**
 * Keeps what ends a call deaf for a moment after it has come under the pointer or the finger.
 *
 * A second click half a second after "Answer", or a key pressed for the call before, must not end
 * a call that its presser has not seen yet.
 */
import { Observable } from "./observable.ts";
import type { AgentTopic } from "./protocol.gen.ts";
import type { Clock } from "./socket.ts";

export const DEAF_FOR = 1_500;

export class Deafness {
  readonly deaf = new Observable(false);
  readonly #clock: Clock;
  #seen = "";
  #cancel: () => void = () => undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Tell what there is, whenever it may have changed. */
  see({ offer, call }: AgentTopic): void {
    const now = call !== undefined ? `call ${call.call}` : offer !== undefined ? offer.offer : "";
    if (now === this.#seen) return;
    this.stop();
    this.#seen = now;
    if (now === "") return;
    this.deaf.set(true);
    this.#cancel = this.#clock.after(DEAF_FOR, () => this.deaf.set(false));
  }

  stop(): void {
    this.#cancel();
    this.#seen = "";
    this.deaf.set(false);
  }
}
