/** Who is signed in: asks the server first, shows the log-in page else, and owns the desktop. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { createApi, need, Problem, type Session } from "../core/api.ts";
import { Desktop } from "../core/desktop.ts";
import { pageName } from "../core/page_name.ts";
import type { Wire } from "../core/socket.ts";
import { socketUrl } from "../core/socket_url.ts";
import { LANGUAGES } from "../core/words.ts";
import { DesktopContext, useLatest } from "./hooks.ts";
import { Boundary } from "./parts/Boundary.tsx";
import { prefer, type Theme } from "./preferences.ts";

/** Why the log-in page is shown although somebody was signed in. */
export type Parting =
  | ""
  | "expired"
  | "forced"
  | "not_allowed"
  | "new_password"
  | "elsewhere"
  | "too_many"
  | "signed_out";

export interface LoginProps {
  readonly parting: Parting;
  readonly onSession: (session: Session) => void;
}

interface GateProps {
  readonly login: (props: LoginProps) => ReactNode;
  readonly children: () => ReactNode;
}

type Gate =
  | { readonly name: "asking" }
  | { readonly name: "out"; readonly parting: Parting }
  | { readonly name: "in"; readonly session: Session };

const LeaveContext = createContext<(parting: Parting) => Promise<void>>(async () => undefined);

/** End the session here and show the log-in page. */
export function useLeave(): (parting: Parting) => Promise<void> {
  return useContext(LeaveContext);
}

export function SessionGate({ login, children }: GateProps) {
  const [gate, setGate] = useState<Gate>({ name: "asking" });
  const queries = useQueryClient();

  const isAsking = gate.name === "asking";
  useEffect(() => {
    if (!isAsking) return;
    const asking = new AbortController();
    void ask(asking.signal, (session) =>
      setGate(
        session === null ? { name: "out", parting: "" } : { name: "in", session: adopt(session) },
      ),
    );
    return () => asking.abort();
  }, [isAsking]);

  const session = gate.name === "in" ? gate.session : null;
  const desktop = useMemo(() => (session === null ? null : newDesktop(session)), [session]);
  const leave = useLatest(async (parting: Parting) => {
    if (desktop !== null && parting === "signed_out") {
      try {
        await need(desktop.api.DELETE("/api/session"));
      } catch (error) {
        // Whatever else went wrong, she wants to leave; in a call she may not.
        if (error instanceof Problem && error.code === "in_a_call") throw error;
      }
    }
    queries.clear();
    setGate({ name: "out", parting });
  });

  useEffect(() => {
    if (desktop === null) return;
    const { socket } = desktop;
    const hurry = () => socket.hurry();
    const leftBy = socket.state.subscribe(() => {
      const state = socket.state.get();
      if (state.name !== "ended") return;
      queries.clear();
      setGate(state.why === "changed" ? { name: "asking" } : { name: "out", parting: state.why });
    });
    const doubt = () => socket.doubt();
    addEventListener("offline", doubt);
    for (const event of WOKEN) addEventListener(event, hurry);
    for (const event of WOKEN) document.addEventListener(event, hurry);
    desktop.start();
    return () => {
      leftBy();
      removeEventListener("offline", doubt);
      for (const event of WOKEN) removeEventListener(event, hurry);
      for (const event of WOKEN) document.removeEventListener(event, hurry);
      desktop.stop();
    };
  }, [desktop, queries]);

  if (gate.name === "asking") return null;
  if (desktop === null) {
    const parting = gate.name === "out" ? gate.parting : "";
    return login({ parting, onSession: (next) => setGate({ name: "in", session: adopt(next) }) });
  }
  return (
    <DesktopContext.Provider value={desktop}>
      <LeaveContext.Provider value={leave}>
        <Boundary>{children()}</Boundary>
      </LeaveContext.Provider>
    </DesktopContext.Provider>
  );
}

/** What may mean that the network is back, or that the computer was asleep. */
const WOKEN = ["online", "pageshow", "focus", "visibilitychange", "resume"] as const;

/** Ask until the server answers: a page opened while it restarts must come up by itself. */
async function ask(signal: AbortSignal, tell: (session: Session | null) => void): Promise<void> {
  const api = createApi(() => "");
  for (let wait = 500; !signal.aborted; wait = Math.min(wait * 2, 5_000)) {
    try {
      const session = await need(api.GET("/api/session"));
      if (!signal.aborted) tell(session);
      return;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof Problem) || !error.retryable) return tell(null);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

/** The user's own language and theme win over this machine's. */
function adopt(session: Session): Session {
  const language = LANGUAGES.find((known) => known === session.language);
  if (language !== undefined) prefer({ language });
  if (["light", "dark", "system"].includes(session.theme))
    prefer({ theme: session.theme as Theme });
  return session;
}

const page = pageName();

function newDesktop(session: Session): Desktop {
  return new Desktop({
    session,
    page,
    open: () => new WebSocket(socketUrl("/ws")) as unknown as Wire,
    loadPhone: async () => new (await import("../core/jssip_phone.ts")).JsSipPhone(),
  });
}
