export type Breaker = {
  /** Whether to try at all. While open, one caller a pause is let through to see whether it is over. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
  isOpen(): boolean;
};

export type BreakerOptions = {
  /** How many failures in a row open it. */
  threshold: number;
  /** How long it stays open before the next try. */
  pauseMs: number;
  now?: () => number;
};

/** Stops asking what keeps failing, so that being without it costs nothing. */
export function createBreaker({ threshold, pauseMs, now = () => performance.now() }: BreakerOptions): Breaker {
  let failures = 0;
  let retryAt = 0;
  return {
    allows() {
      if (failures < threshold) return true;
      const at = now();
      if (at < retryAt) return false;
      // Whoever comes next waits for the outcome of this try.
      retryAt = at + pauseMs;
      return true;
    },
    succeeded() {
      failures = 0;
    },
    failed() {
      failures++;
      if (failures >= threshold) retryAt = now() + pauseMs;
    },
    isOpen: () => failures >= threshold,
  };
}
