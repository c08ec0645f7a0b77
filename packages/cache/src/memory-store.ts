import { LRUCache } from 'lru-cache';
import {
  areTagsUsable,
  type CacheStore,
  type Entry,
  type Fence,
  type Found,
  MAX_PURGED_TAGS,
  type Missed,
} from './cache-store.ts';
import { createPurgeClock } from './purge-clock.ts';

type Kept = {
  readonly value: Buffer;
  readonly note: string;
  readonly tags: readonly string[];
  readonly storedAt: number;
  readonly expiresAt: number;
  /** When even a stale value is of no use. */
  readonly endsAt: number;
  /** The last moment of the purge clock at which the tags were looked at. */
  checkedAt: number;
};

export type MemoryStoreOptions = {
  maxBytes?: number;
  /** Milliseconds that only go forward. */
  now?: () => number;
  maxPurgedTags?: number;
};

/** What an entry costs beside its value: the map's nodes, the object, the strings' headers. */
const OVERHEAD_BYTES = 400;

/** A bounded cache in this process; what was used least lately leaves first. */
export function createMemoryStore(options: MemoryStoreOptions = {}): CacheStore {
  const {
    maxBytes = 64 * 1024 * 1024,
    now = () => performance.now(),
    maxPurgedTags: maxTags = MAX_PURGED_TAGS,
  } = options;
  const clock = createPurgeClock(maxTags);
  const entries = new LRUCache<string, Kept>({
    maxSize: maxBytes,
    // One huge answer must not push everything else out.
    maxEntrySize: Math.ceil(maxBytes / 8),
    sizeCalculation: ({ value, tags }, key) =>
      value.length + 2 * key.length + tags.reduce((sum, tag) => sum + 2 * tag.length + 16, OVERHEAD_BYTES),
  });

  const isCurrent = (kept: Kept, at: number): boolean => {
    if (kept.endsAt <= at) return false;
    const moment = clock.now();
    if (kept.checkedAt === moment) return true;
    if (!clock.isUntouched(kept.tags, kept.checkedAt)) return false;
    // A hot entry looks at its tags once a purge, not once a request.
    kept.checkedAt = moment;
    return true;
  };

  const look = (key: string): Found | Missed => {
    const kept = entries.get(key);
    const at = now();
    const fence = String(clock.now());
    if (kept && isCurrent(kept, at)) {
      const { value, note, tags, storedAt, expiresAt } = kept;
      return { value, note, tags, ageMs: at - storedAt, leftMs: expiresAt - at, fence };
    }
    if (kept) entries.delete(key);
    return { fence };
  };

  const keep = (since: number, { key, value, ttlMs, staleMs = 0, tags, note = '' }: Entry): boolean => {
    if (ttlMs <= 0 || !areTagsUsable(tags) || !clock.isUntouched(tags, since)) return false;
    const storedAt = now();
    const expiresAt = storedAt + ttlMs;
    const endsAt = expiresAt + staleMs;
    entries.set(key, { value, note, tags: [...tags], storedAt, expiresAt, endsAt, checkedAt: since });
    return entries.has(key);
  };

  return {
    get: async (key) => look(key),
    getNow: look,
    getMany: async (keys) => keys.map(look),
    set: async (key, value, { fence, ...entry }) => keep(Number(fence), { key, value, ...entry }),
    setMany: async (fence: Fence, many) => many.map((entry) => keep(Number(fence), entry)),
    async release() {},
    async purge(tags) {
      // Only the clock moves: an entry finds out when it is asked for, or leaves as the least used.
      if (tags.length > 0) clock.purge(tags);
    },
    async clear() {
      clock.clear();
      entries.clear();
    },
    isReady: () => true,
    async close() {
      entries.clear();
    },
  };
}
