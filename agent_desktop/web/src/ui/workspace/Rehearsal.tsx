/**
 * Makes the first pop of a shift as quick as the others.
 *
 * Once, while no call is there, a pop of nobody is drawn out of sight and taken away again: then
 * the code has been compiled and the letters have been measured before somebody waits for them.
 */
import { startTransition, useEffect, useState } from "react";
import type { Pop } from "../../core/protocol.gen.ts";
import { ownTopic, phaseOf } from "../../core/selectors.ts";
import { useDesktop } from "../hooks.ts";
import { PopOf } from "./Pop.tsx";
import css from "./workspace.module.css";

const AFTER = 250;
const FOR = 120;

export function Rehearsal() {
  const { store, session } = useDesktop();
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    let timer = setTimeout(() => {
      const phase = phaseOf(ownTopic(store.get(), session.user));
      if (phase !== "idle" && phase !== "away") return;
      startTransition(() => setDrawn(true));
      timer = setTimeout(() => startTransition(() => setDrawn(false)), FOR);
    }, AFTER);
    return () => clearTimeout(timer);
  }, [store, session]);
  if (!drawn) return null;
  return (
    <div className={css.rehearsal} aria-hidden="true" inert>
      <PopOf pop={nobody(session.name)} />
    </div>
  );
}

const AT = "2026-01-01T00:00:00Z";
const LINE = { id: "", number: "0123456789", kind: "request", state: "open", currency: "USD" };

/** A pop with one of everything; the agent's own name is written in letters of her language. */
function nobody(name: string): Pop {
  return {
    call: "",
    ani: "+12025550187",
    ani_kind: "valid",
    region: "US",
    state: "one",
    verified: true,
    party: {
      id: "",
      kind: "person",
      name,
      number: "0123456789",
      tier: "gold",
      language: "en",
      city: name,
      since: AT,
      phones: ["+12025550187"],
      emails: ["a@example.com"],
      owner: name,
      version: 1,
    },
    alerts: [{ kind: "vip", params: {} }],
    candidates: [],
    reasons: [
      {
        key: "reason.order_late",
        score: 1,
        evidence_key: "evidence.order_expected_since",
        params: { number: "0", item: name, at: AT },
        subject_type: "order",
        subject_id: "",
      },
    ],
    cases: [{ ...LINE, subject: name, priority: "high", opened_at: AT, due_at: AT }],
    orders: [{ ...LINE, item: name, total: "1.00", placed_at: AT, expected_at: AT }],
    contacts: [
      {
        id: "",
        at: AT,
        channel: "phone",
        direction: "inbound",
        queue: "",
        agent: name,
        disposition: "",
        summary: name,
        talked_s: 60,
        party_name: "",
      },
    ],
    suggestions: [],
    ivr_path: ["ivr.menu.support"],
    complete: true,
  };
}
