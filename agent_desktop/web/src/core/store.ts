/**
 * What the server told us: keyed whole values in numbered topics.
 *
 * Law (tested): an old snapshot with the deltas since applied equals a fresh snapshot. A delta that
 * does not start where we stand shows a gap: the topic is forgotten and the caller is told.
 */
import { Observable } from "./observable.ts";
import type { Delta, Snapshot } from "./protocol.gen.ts";

export interface Topic {
  readonly seq: number;
  readonly values: Readonly<Record<string, unknown>>;
}

export type Topics = Readonly<Record<string, Topic>>;

/** ``applied``; ``old`` news we have already; or a ``gap`` that only a new snapshot can close. */
export type Outcome = "applied" | "old" | "gap";

export class Store extends Observable<Topics> {
  constructor() {
    super({});
  }

  /** Take the whole of a topic. */
  replace({ topic, seq, values }: Pick<Snapshot, "topic" | "seq" | "values">): void {
    this.set({ ...this.get(), [topic]: { seq, values } });
  }

  /** Lead a topic on, or say why not. */
  apply({ topic, after, seq, put, drop }: Omit<Delta, "type">): Outcome {
    const current = this.get()[topic];
    if (current === undefined) return "gap";
    if (seq <= current.seq) return "old";
    if (after !== current.seq) {
      this.forget(topic);
      return "gap";
    }
    const values = { ...current.values, ...put };
    for (const key of drop) delete values[key];
    this.set({ ...this.get(), [topic]: { seq, values } });
    return "applied";
  }

  /** Forget one topic. */
  forget(topic: string): void {
    const { [topic]: _gone, ...rest } = this.get();
    this.set(rest);
  }

  /** Forget everything, as at sign-out. */
  clear(): void {
    this.set({});
  }

  /** Where each topic stands, for resuming. */
  seqs(): Record<string, number> {
    return Object.fromEntries(Object.entries(this.get()).map(([topic, { seq }]) => [topic, seq]));
  }
}
