/** Doing things that may be refused, and telling the user why in her language. */
import { App } from "antd";
import { useCallback } from "react";
import { Problem } from "../core/api.ts";
import { CommandRefused } from "../core/socket.ts";
import { useSpeech } from "./hooks.ts";

/** The stable code of a failure. */
export function codeOf(error: unknown): string {
  return error instanceof Problem || error instanceof CommandRefused ? error.code : "unknown";
}

/** A function that awaits something and shows its refusal; false when it was refused. */
export function useTry(): (work: Promise<unknown>) => Promise<boolean> {
  const { message } = App.useApp();
  const { code } = useSpeech();
  return useCallback(
    async (work) => {
      try {
        await work;
        return true;
      } catch (error) {
        const refusal = codeOf(error);
        void message.error({ key: refusal, content: code("problem", refusal), duration: 5 });
        return false;
      }
    },
    [message, code],
  );
}
