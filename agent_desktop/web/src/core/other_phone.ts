/**
 * The agent's phone when another of her pages has it: what it says there, and how it is asked.
 *
 * It looks like a phone of this page, so that every button works in every page. Sound and devices
 * are where the phone is.
 */
import { Observable } from "./observable.ts";
import {
  type Leg,
  type Line,
  PHONE_OFF,
  type Phone,
  type PhoneState,
  type PhoneTrouble,
} from "./phone.ts";
import type { PhoneAt, UsePhone } from "./protocol.gen.ts";

export type Wish = Omit<UsePhone, "type" | "id" | "until">;

export class OtherPhone implements Phone {
  readonly state = new Observable<PhoneState>(PHONE_OFF);
  readonly #ask: (wish: Wish) => Promise<void>;

  constructor(ask: (wish: Wish) => Promise<void>) {
    this.#ask = ask;
  }

  /** What the page that has the phone says of it. */
  hear({ line, leg, muted, trouble }: PhoneAt): void {
    this.state.set({
      ...PHONE_OFF,
      line: (line === "" || line === "desk" ? "off" : line) as Line,
      leg: leg as Leg,
      muted,
      trouble: trouble as PhoneTrouble,
    });
  }

  answer(): Promise<void> {
    return this.#ask({ do: "answer" });
  }

  mute(on: boolean): void {
    void this.#ask({ do: on ? "mute" : "unmute" }).catch(() => undefined); // its state shows it
  }

  press(key: string): void {
    void this.#ask({ do: "press", key }).catch(() => undefined);
  }

  start(): void {}
  register(): void {}
  retire(): void {}
  drop(): void {}
  stop(): void {}
  hangUp(): void {}
  dial(): Promise<void> {
    return Promise.resolve();
  }
  use(): Promise<void> {
    return Promise.resolve();
  }
  unblockSound(): Promise<void> {
    return Promise.resolve();
  }
  microphone(): MediaStream | null {
    return null;
  }
}
