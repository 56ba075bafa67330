/** Sends the note's draft while she types, so that a reload or a crash loses at most a moment. */
import { useEffect, useRef, useState } from "react";
import { need } from "../../core/api.ts";
import { useDesktop, useLatest } from "../hooks.ts";

const QUIET = 600;
const AGAIN = 3_000;

export type Saving = "saved" | "saving" | "unsaved";

export interface NoteSaver {
  readonly state: Saving;
  /** The note is being sent with the finished form: send no more drafts. */
  stop(): void;
}

export function useNoteSaver(call: string, text: string): NoteSaver {
  const { api } = useDesktop();
  const [state, setState] = useState<Saving>("saved");
  const sent = useRef({ call, text });
  const stopped = useRef("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const send = useLatest(async (keepalive: boolean) => {
    clearTimeout(timer.current);
    if (call === "" || stopped.current === call || sent.current.text === text) return;
    setState("saving");
    try {
      await need(
        api.PUT("/api/calls/{call}/note", {
          params: { path: { call } },
          body: { text },
          keepalive,
        }),
      );
      sent.current = { call, text };
      setState("saved");
    } catch {
      setState("unsaved");
      timer.current = setTimeout(() => void send(false), AGAIN);
    }
  });

  useEffect(() => {
    if (sent.current.call !== call) {
      sent.current = { call, text };
      setState("saved");
      return;
    }
    if (text === sent.current.text) return;
    timer.current = setTimeout(() => void send(false), QUIET);
    return () => clearTimeout(timer.current);
  }, [call, text, send]);

  useEffect(() => {
    const last = () => void send(true);
    addEventListener("pagehide", last);
    return () => removeEventListener("pagehide", last);
  }, [send]);

  return {
    state,
    stop: () => {
      clearTimeout(timer.current);
      stopped.current = call;
    },
  };
}
