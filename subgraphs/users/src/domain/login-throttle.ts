/** After so many failures within a window, an address rests until the window ends. */
export const MAX_FAILURES = 10;
export const WINDOW_MS = 5 * 60_000;

export type Failures = { failures: number; windowEnd: Date };

export function isThrottled(seen: Failures | undefined, now: Date): boolean {
  return seen !== undefined && seen.windowEnd > now && seen.failures >= MAX_FAILURES;
}
