/** How long to wait before the next attempt: full jitter under a doubling ceiling. */
export function* backoff(
  random: () => number,
  { first = 300, ceiling = 10_000 }: { first?: number; ceiling?: number } = {},
): Generator<number, never> {
  for (let limit = first; ; limit = Math.min(limit * 2, ceiling)) {
    yield Math.round(limit / 2 + (random() * limit) / 2);
  }
}
