/** Usual answers to "later", as instants in the browser's time zone. */

export interface Snooze {
  readonly key: "quarter" | "hour" | "tomorrow";
  readonly at: Date;
}

const MINUTE = 60_000;
const MORNING = 9;

export function snoozesFrom(now: Date): readonly Snooze[] {
  const tomorrow = new Date(now);
  tomorrow.setDate(now.getDate() + 1);
  tomorrow.setHours(MORNING, 0, 0, 0);
  return [
    { key: "quarter", at: new Date(now.getTime() + 15 * MINUTE) },
    { key: "hour", at: new Date(now.getTime() + 60 * MINUTE) },
    { key: "tomorrow", at: tomorrow },
  ];
}
