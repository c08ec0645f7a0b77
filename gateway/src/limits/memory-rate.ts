import { LRUCache } from 'lru-cache';
import { type Rate, type RateLimiter, takeAt } from './rate-limiter.ts';

/** Whoever has not come for the longest is forgotten first, as if their budget were full again. */
const MAX_KEYS = 100_000;

export type MemoryRateOptions = Rate & {
  maxKeys?: number;
  /** Milliseconds that only go forward. */
  now?: () => number;
};

/** Budgets in this process alone. */
export function createMemoryRate(options: MemoryRateOptions): RateLimiter {
  const { maxKeys = MAX_KEYS, now = () => performance.now(), ...rate } = options;
  const budgets = new LRUCache<string, number>({ max: maxKeys });
  const takeNow = (key: string, units: number) => {
    const at = now();
    const { fullAt, taken } = takeAt(at, budgets.get(key) ?? at, units, rate);
    budgets.set(key, fullAt);
    return taken;
  };
  return {
    take: async (key, units) => takeNow(key, units),
    takeNow,
    close: async () => budgets.clear(),
  };
}
