/** A websocket in memory, and a clock that only moves when told: for tests without waiting. */
import type { ServerFrame } from "../protocol.gen.ts";
import type { Clock, Wire } from "../socket.ts";

export class FakeClock implements Clock {
  #now = 0;
  #jobs: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const job = { at: this.#now + ms, run };
    this.#jobs.push(job);
    return () => {
      this.#jobs = this.#jobs.filter((other) => other !== job);
    };
  }

  /** Let time pass on the wall while timers stand still, as on a computer that sleeps. */
  sleep(ms: number): void {
    this.#now += ms;
    for (const job of this.#jobs) job.at += ms;
  }

  /** Let time pass, running what falls due in order. */
  pass(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = this.#jobs.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#jobs = this.#jobs.filter((job) => job !== due);
      this.#now = due.at;
      due.run();
    }
    this.#now = end;
  }
}

/** One connection; ``sent`` is what the client said, ``say`` what the server says. */
export class FakeWire implements Wire {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.();
  }

  say(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  cut(code = 1006): void {
    this.onclose?.({ code });
  }
}

/** The server's first frame. */
export function welcome(epoch = "e1"): ServerFrame {
  return {
    type: "welcome",
    epoch,
    user: "ana",
    roles: ["agent"],
    topics: ["agent:ana", "queues"],
    now: "2026-11-22T09:00:00Z",
    heartbeat_s: 10,
  };
}

/** A small generator of numbers from a seed, so that failures repeat. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
