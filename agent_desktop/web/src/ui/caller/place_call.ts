/** Registers a fresh phone and rings a number with it. */

import { Problem } from "../../core/api.ts";
import type { Phone, PhoneAccount } from "../../core/phone.ts";

const REGISTER_WITHIN = 8_000;

/** Start the phone, wait until Asterisk knows it, then dial. */
export async function placeCall(
  phone: Phone,
  account: PhoneAccount,
  number: string,
): Promise<void> {
  phone.start(account);
  await new Promise<void>((resolve, reject) => {
    const give = setTimeout(() => done(new Problem(0, "phone_not_ready", "")), REGISTER_WITHIN);
    const look = () => {
      const { line } = phone.state.get();
      if (line === "ready") done(null);
      else if (line === "refused") done(new Problem(0, "phone_not_ready", ""));
    };
    const leave = phone.state.subscribe(look);
    function done(problem: Problem | null): void {
      clearTimeout(give);
      leave();
      if (problem === null) resolve();
      else reject(problem);
    }
    look();
  });
  await phone.dial(number);
}
