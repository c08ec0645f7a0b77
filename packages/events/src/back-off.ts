const LONGEST_MS = 5_000;

/** How long to rest after so many failures in a row; with jitter, so that many who failed together do not return together. */
export function backOffMs(failures: number, longestMs = LONGEST_MS): number {
  return Math.min(longestMs, 50 * 2 ** failures) * (0.5 + Math.random() / 2);
}
