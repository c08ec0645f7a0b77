import { LRUCache } from 'lru-cache';
import { type CacheStore, NO_FENCE } from './cache-store.ts';

export type MemoryOptions = {
  /** Bytes of values and keys at most; the least recently used go first. */
  maxBytes: number;
  now?: () => number;
};

type Kept = { value: string; tags: readonly string[]; expiresAt: number };

/** Purges of tags are remembered for so many tags; of older ones only that there were some. */
const MAX_REMEMBERED = 50_000;
/** Of an entry beside its texts, roughly: the objects, its place in the list and in the index of each tag. */
const OVERHEAD_BYTES = 400;
const TAG_BYTES = 120;

/** A cache in this process, for one gateway or as long as there is no Redis. */
export function createMemoryStore({ maxBytes, now = Date.now }: MemoryOptions): CacheStore {
  const keysByTag = new Map<string, Set<string>>();
  const entries = new LRUCache<string, Kept>({
    maxSize: maxBytes,
    sizeCalculation: ({ value, tags }, key) =>
      OVERHEAD_BYTES + 2 * (value.length + key.length) + TAG_BYTES * tags.length,
    dispose: ({ tags }, key) => {
      for (const tag of tags) {
        const keys = keysByTag.get(tag);
        keys?.delete(key);
        if (keys?.size === 0) keysByTag.delete(tag);
      }
    },
  });
  let purges = 0;
  const purgedAt = new Map<string, number>();
  /** The latest purge that is no longer remembered by tag: whoever began before it may have missed any tag. */
  let forgotten = 0;

  return {
    async get(key) {
      const kept = entries.get(key);
      if (kept && kept.expiresAt > now()) return { value: kept.value };
      if (kept) entries.delete(key);
      return { fence: purges };
    },
    async set(key, value, { ttlMs, tags, fence }) {
      if (fence === NO_FENCE || fence < forgotten || tags.some((tag) => (purgedAt.get(tag) ?? 0) > fence)) return false;
      entries.set(key, { value, tags, expiresAt: now() + ttlMs });
      if (!entries.has(key)) return false;
      for (const tag of tags) {
        const keys = keysByTag.get(tag) ?? new Set();
        keysByTag.set(tag, keys.add(key));
      }
      return true;
    },
    async purge(tags) {
      purges++;
      for (const tag of tags) {
        // Deleting first moves the tag to the end: the map is in the order of the last purges.
        purgedAt.delete(tag);
        purgedAt.set(tag, purges);
        for (const key of [...(keysByTag.get(tag) ?? [])]) entries.delete(key);
      }
      for (const [tag, at] of purgedAt) {
        if (purgedAt.size <= MAX_REMEMBERED) break;
        forgotten = Math.max(forgotten, at);
        purgedAt.delete(tag);
      }
    },
    async clear() {
      forgotten = ++purges;
      purgedAt.clear();
      entries.clear();
    },
    async close() {
      entries.clear();
    },
  };
}
