/** Telling the server who the caller is. */
import { useQueryClient } from "@tanstack/react-query";
import { need, type Schemas } from "../../core/api.ts";
import { useDesktop } from "../hooks.ts";
import { useTry } from "../tell.ts";

type Choice = { party_id: string; keep_number?: boolean } | { new: Schemas["NewPartyBody"] };

/** The pop that follows shows the choice; false when it was refused. */
export function useChooseParty(call: string): (choice: Choice) => Promise<boolean> {
  const { api } = useDesktop();
  const queries = useQueryClient();
  const attempt = useTry();
  return async (choice) => {
    const asked = api.POST("/api/calls/{call}/party", { params: { path: { call } }, body: choice });
    const done = await attempt(need(asked));
    if (done) void queries.invalidateQueries({ queryKey: ["parties"] });
    return done;
  };
}
