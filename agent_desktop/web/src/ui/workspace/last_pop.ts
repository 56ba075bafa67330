/** The pop stays during the after-call work, when the server no longer sends it. */
import { useState } from "react";
import type { Pop } from "../../core/protocol.gen.ts";

/** ``pop``, or the last there was of the call that is being wrapped up. */
export function useLastPop(pop: Pop | null, wrapUpCall: string | undefined): Pop | null {
  const [last, setLast] = useState(pop);
  if (pop !== null && pop !== last) setLast(pop);
  if (pop !== null) return pop;
  return last !== null && last.call === wrapUpCall ? last : null;
}
