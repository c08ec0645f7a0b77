import { LRUCache } from 'lru-cache';

export type AdaptiveLimitOptions = {
  least: number;
  /** The least while it is this process that is short of time: then even a few are enough to keep it busy. */
  leastWhenBusy: number;
  most: number;
  first: number;
  /** How late the event loop may be before less is let in; and while it never rests, when letting in more gains nothing. */
  maxLagMs: number;
  maxLagWhenBusyMs: number;
};

export type AdaptiveLimit = {
  value(): number;
  /** One piece of work of this kind took so long, at this moment. */
  sample(kind: string, ms: number, at: number): void;
  /** Somebody had to wait because of the limit: only then may it be too low. */
  wasReached(): void;
  /** Adapts, when enough has been seen since the last time. Called every so often. */
  adapt(at: number, load: LoadNow): void;
};

export type LoadNow = {
  lagMs: number;
  /** Whether the event loop never rests: what is in hand then waits for nobody but us. */
  isBusy: boolean;
};

/** Slower than that many times of what is usual, and the limit falls. */
const TOLERANCE = 3;
/** Of what takes a millisecond nobody can tell whether it is slow: this much is added to both sides. */
const GRACE_MS = 10;
const ENOUGH_SAMPLES = 20;
const FEW_SAMPLES = 3;
const PATIENCE_MS = 1_000;
const MAX_SAMPLES = 1_000;
const MAX_KINDS = 1_000;
/** What is usual doubles in that time, unless something shows that it is less. */
const FORGET_MS = 300_000;

/**
 * How much may run at once, found out by how long it takes: each kind of work against its own slow-moving minimum. While most
 * of it is slow, it waits for itself somewhere, and letting more in would only make the wait longer: the limit falls by a
 * factor. While it is not and somebody has to wait here, the limit rises step by step.
 */
export function createAdaptiveLimit(options: AdaptiveLimitOptions): AdaptiveLimit {
  const { least, leastWhenBusy, most, first, maxLagMs, maxLagWhenBusyMs } = options;
  const usual = new LRUCache<string, { ms: number; at: number }>({ max: MAX_KINDS });
  let limit = Math.min(most, Math.max(least, first));
  let ratios: number[] = [];
  let isReached = false;
  let since = 0;

  const lower = (factor: number, bound: number) => {
    limit = Math.max(Math.min(limit, bound), limit * factor);
  };

  return {
    value: () => Math.floor(limit),
    sample(kind, ms, at) {
      const known = usual.get(kind);
      // What was never seen before shows nothing: a stream of ever new documents must not raise the limit.
      if (!known) return void usual.set(kind, { ms, at });
      const grown = known.ms * 2 ** ((at - known.at) / FORGET_MS);
      // Not the least itself: one answer that was quick because there was nothing to do says little.
      known.ms = ms < grown ? grown + (ms - grown) * 0.2 : grown;
      known.at = at;
      if (ratios.length < MAX_SAMPLES) ratios.push((ms + GRACE_MS) / (grown + GRACE_MS));
    },
    wasReached() {
      isReached = true;
    },
    adapt(at, { lagMs, isBusy }) {
      const isLate = lagMs > (isBusy ? maxLagWhenBusyMs : maxLagMs);
      const isEnough = ratios.length >= ENOUGH_SAMPLES || (ratios.length >= FEW_SAMPLES && at - since >= PATIENCE_MS);
      if (!isEnough && !isLate) return;
      const slowness = lowerQuartile(ratios);
      if (isLate && isBusy) lower(0.8, leastWhenBusy);
      else if (isLate) lower(0.9, least);
      else if (slowness > TOLERANCE) lower(Math.max(0.7, TOLERANCE / slowness), least);
      else if (isReached) limit = Math.min(most, limit + Math.max(1, Math.sqrt(limit) / 2));
      ratios = [];
      isReached = false;
      since = at;
    },
  };
}

/**
 * When three quarters are slow, whatever they have in common is overloaded. One slow service is not that: what does not need it
 * shows that there is room for more.
 */
function lowerQuartile(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 4)] ?? 1;
}
