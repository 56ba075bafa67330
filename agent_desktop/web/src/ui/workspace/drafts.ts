/**
 * What the agent wrote about a call and has not filed yet.
 *
 * It goes to the server while she types, whole, and comes back to every window that shows the call:
 * a reload, another tab, a page change and the end of the time lose nothing. What could not be sent
 * yet stays in this tab's session storage. One draft a call; filing forgets it.
 */
import { type Api, need, Problem, type Schemas } from "../../core/api.ts";
import { Observable } from "../../core/observable.ts";
import type { Draft as ServerDraft } from "../../core/protocol.gen.ts";

export type FollowUp = "" | "case" | "callback";
export type Saving = "saved" | "saving" | "unsaved";

export interface Draft {
  readonly note: string;
  readonly disposition: string;
  readonly followUp: FollowUp;
  /** The form ticked the follow-up itself, with the outcome: it goes when that outcome goes. */
  readonly proposed: boolean;
  readonly subject: string;
  /** RFC 3339, or "" for no date. */
  readonly dueAt: string;
  readonly caseId: string;
}

export const EMPTY: Draft = {
  note: "",
  disposition: "",
  followUp: "",
  proposed: false,
  subject: "",
  dueAt: "",
  caseId: "",
};

const QUIET = 600;
const AGAIN = 3_000;

/** The draft after an outcome was chosen, which proposes a follow-up or none. */
export function withOutcome(draft: Draft, disposition: string, followUp: string): Draft {
  if (draft.followUp !== "" && !draft.proposed) return { ...draft, disposition };
  const proposal = asFollowUp(followUp);
  return { ...draft, disposition, followUp: proposal, proposed: proposal !== "" };
}

/** The draft after the agent ticked or unticked a follow-up herself. */
export function withFollowUp(draft: Draft, followUp: FollowUp): Draft {
  return { ...draft, followUp, proposed: false };
}

/** What is missing before the form can be filed, as a key of the catalogue; "" for nothing. */
export function missingIn({ disposition, followUp, subject, dueAt }: Draft): string {
  if (disposition === "") return "work.choose_outcome";
  if (followUp === "case" && subject.trim() === "") return "work.subject_missing";
  if (followUp === "callback" && dueAt === "") return "work.due_missing";
  return "";
}

/** The draft as a form to file: without a follow-up its subject and date mean nothing. */
export function formOf(draft: Draft) {
  const promised = draft.followUp !== "";
  return {
    disposition: draft.disposition,
    note: draft.note,
    follow_up: draft.followUp,
    subject: promised ? draft.subject.trim() : "",
    due_at: promised && draft.dueAt !== "" ? draft.dueAt : null,
    case_id: draft.caseId === "" ? null : draft.caseId,
  };
}

/** The draft as the server told it. */
export function draftFrom(view: Omit<ServerDraft, "call"> | Schemas["DraftView"]): Draft {
  return {
    note: view.note,
    disposition: view.disposition,
    followUp: asFollowUp(view.follow_up),
    proposed: view.proposed,
    subject: view.subject,
    dueAt: view.due_at ?? "",
    caseId: view.case_id ?? "",
  };
}

function asFollowUp(text: string): FollowUp {
  return text === "case" || text === "callback" ? text : "";
}

/** Keeps one call's draft, here and on the server. */
export class DraftKeeper {
  readonly draft: Observable<Draft>;
  readonly saving = new Observable<Saving>("saved");
  readonly #call: string;
  readonly #api: Api;
  #unsent = false;
  #sending = false;
  #filed = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(call: string, api: Api, first: Draft) {
    this.#call = call;
    this.#api = api;
    const left = leftOver(call);
    this.draft = new Observable<Draft>(left ?? first);
    if (left !== null) this.#later(0);
  }

  /** The agent has written. */
  readonly change = (next: Draft): void => {
    if (this.#call === "") return;
    this.draft.set(next);
    sessionStorage.setItem(keyOf(this.#call), JSON.stringify(next));
    this.#later(QUIET);
  };

  /** Another window has written, or this one before it was reloaded. */
  adopt(known: Draft): void {
    if (!this.#unsent && !this.#filed) this.draft.set(known);
  }

  /** Send at once what waits, also when the page is about to go. */
  flush(): void {
    if (this.#unsent) void this.#send(true);
  }

  /** The form is being filed, which holds the draft. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#filed = true;
  }

  /** Filing was refused: go on keeping. */
  resume(): void {
    this.#filed = false;
    if (this.#unsent) this.#later(QUIET);
  }

  #later(ms: number): void {
    this.#unsent = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#send(false), ms);
  }

  async #send(keepalive: boolean): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#filed || !this.#unsent || (this.#sending && !keepalive)) return;
    const sent = this.draft.get();
    this.#sending = true;
    this.saving.set("saving");
    try {
      await need(
        this.#api.PUT("/api/calls/{call}/draft", {
          params: { path: { call: this.#call } },
          body: { ...formOf({ ...sent, followUp: "" }), ...ticked(sent) },
          keepalive,
        }),
      );
      this.#sending = false;
      if (this.draft.get() === sent) this.#settled();
      else this.#later(QUIET);
    } catch (error) {
      this.#sending = false;
      this.saving.set("unsaved");
      if (!(error instanceof Problem) || error.retryable) this.#later(AGAIN);
    }
  }

  #settled(): void {
    this.#unsent = false;
    sessionStorage.removeItem(keyOf(this.#call));
    this.saving.set("saved");
  }
}

/** What a draft keeps though it is not complete. */
function ticked(draft: Draft) {
  return {
    follow_up: draft.followUp,
    proposed: draft.proposed,
    subject: draft.subject.trim(),
    due_at: draft.dueAt === "" ? null : draft.dueAt,
  };
}

const keepers = new Map<string, DraftKeeper>();
const keyOf = (call: string) => `parley.draft.${call}`;

/** The keeper of a call's draft; a new one begins with what is known here and asks the server. */
export function keeperOf(call: string, api: Api, first: () => Draft): DraftKeeper {
  const known = keepers.get(call);
  if (known !== undefined) return known;
  const keeper = new DraftKeeper(call, api, call === "" ? EMPTY : first());
  keepers.set(call, keeper);
  if (call !== "") void recall(keeper, call, api);
  return keeper;
}

async function recall(keeper: DraftKeeper, call: string, api: Api): Promise<void> {
  try {
    const { draft } = await need(
      api.GET("/api/calls/{call}/draft", { params: { path: { call } } }),
    );
    if (draft != null) keeper.adopt(draftFrom(draft));
  } catch {
    // What is known here has to do; what is written from now on is kept as ever.
  }
}

/** The call is filed: forget the draft. */
export function forgetDraft(call: string): void {
  keepers.delete(call);
  sessionStorage.removeItem(keyOf(call));
}

addEventListener("pagehide", () => {
  for (const keeper of keepers.values()) keeper.flush();
});

function leftOver(call: string): Draft | null {
  const text = call === "" ? null : sessionStorage.getItem(keyOf(call));
  if (text === null) return null;
  try {
    return { ...EMPTY, ...(JSON.parse(text) as Partial<Draft>) };
  } catch {
    return null;
  }
}
