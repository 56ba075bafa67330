/**
 * What the agent wrote about a call and has not finished yet.
 *
 * The note goes to the server while she types; the rest stays in this tab's session storage, so
 * that a reload loses nothing. One draft a call; finishing forgets it.
 */
import { Observable } from "../../core/observable.ts";

export type FollowUp = "" | "case" | "callback";

export interface Draft {
  readonly note: string;
  readonly disposition: string;
  readonly followUp: FollowUp;
  readonly subject: string;
  /** RFC 3339, or "" for no date. */
  readonly dueAt: string;
  readonly caseId: string;
}

const EMPTY: Draft = {
  note: "",
  disposition: "",
  followUp: "",
  subject: "",
  dueAt: "",
  caseId: "",
};

const drafts = new Map<string, Observable<Draft>>();
const keyOf = (call: string) => `parley.draft.${call}`;

/** The draft of a call; begun with the note the server keeps. */
export function draftOf(call: string, serverNote: () => string): Observable<Draft> {
  const known = drafts.get(call);
  if (known !== undefined) return known;
  const draft = new Observable<Draft>({ ...EMPTY, note: serverNote(), ...stored(call) });
  draft.subscribe(() => sessionStorage.setItem(keyOf(call), JSON.stringify(draft.get())));
  drafts.set(call, draft);
  return draft;
}

/** The work is written down: forget the draft. */
export function forgetDraft(call: string): void {
  drafts.delete(call);
  sessionStorage.removeItem(keyOf(call));
}

function stored(call: string): Partial<Draft> {
  try {
    return JSON.parse(sessionStorage.getItem(keyOf(call)) ?? "{}") as Partial<Draft>;
  } catch {
    return {};
  }
}
