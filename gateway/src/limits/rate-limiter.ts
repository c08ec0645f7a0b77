/** What one request took of its budget, or was refused. */
export type Taken = {
  readonly isAllowed: boolean;
  /** Units that a full budget has. */
  readonly limit: number;
  /** Whole units that are left. */
  readonly remaining: number;
  /** Until the budget is full again. */
  readonly resetMs: number;
  /** Until the same would be allowed; 0 when it was. */
  readonly retryMs: number;
};

export type Rate = {
  /** Units that come back a minute. */
  readonly perMinute: number;
  /** Units that can be taken at once: a full budget. */
  readonly burst: number;
};

/** A budget of units for each key. Both implementations (`memory-rate.ts`, `redis-rate.ts`) pass the same contract test. */
export interface RateLimiter {
  /** Takes so many units from the budget of a key, or none when there are not enough. Never rejects. */
  take(key: string, units: number): Promise<Taken>;
  /** The same at once, where nobody has to be asked. */
  takeNow?(key: string, units: number): Taken;
  /** The same in a later turn, where somebody has to be asked; `then` is told nothing when they do not answer. */
  takeLater?(key: string, units: number, then: (taken: Taken | undefined) => void): void;
  close(): Promise<void>;
}

/** Sums of fractions of a millisecond are not exact: a full budget must not be found a hair too small for all of it. */
const ROUNDING_MS = 1e-3;

/**
 * The generic cell rate algorithm: a budget is one number, the moment at which it is full again. What costs more than a full
 * budget takes a full one, since it could never be allowed otherwise.
 */
export function takeAt(
  now: number,
  fullAt: number,
  units: number,
  { perMinute, burst }: Rate,
): { fullAt: number; taken: Taken } {
  const msPerUnit = 60_000 / perMinute;
  const before = Math.max(now, fullAt);
  const after = before + Math.min(units, burst) * msPerUnit;
  const retryMs = after - burst * msPerUnit - now;
  return retryMs > ROUNDING_MS
    ? { fullAt, taken: describe(before - now, retryMs, { perMinute, burst }) }
    : { fullAt: after, taken: describe(after - now, 0, { perMinute, burst }) };
}

/** @param resetMs until the budget is full again */
export function describe(resetMs: number, retryMs: number, { perMinute, burst }: Rate): Taken {
  const missing = (resetMs * perMinute) / 60_000;
  // Divided and multiplied, a whole number of units may have become a hair less.
  const remaining = Math.max(0, Math.floor(burst - missing + 1e-6));
  return { isAllowed: retryMs <= 0, limit: burst, remaining, resetMs, retryMs };
}
