import { LRUCache } from 'lru-cache';
import { areTagsUsable, type CacheStore, MAX_PURGED_TAGS } from './cache-store.ts';
import { createPurgeClock } from './purge-clock.ts';

type Entry = {
  readonly value: Buffer;
  readonly tags: readonly string[];
  readonly storedAt: number;
  readonly expiresAt: number;
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
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    // One huge answer must not push everything else out.
    maxEntrySize: Math.ceil(maxBytes / 8),
    sizeCalculation: ({ value, tags }, key) =>
      value.length + 2 * key.length + tags.reduce((sum, tag) => sum + 2 * tag.length + 16, OVERHEAD_BYTES),
  });

  const isCurrent = (entry: Entry, at: number): boolean => {
    if (entry.expiresAt <= at) return false;
    const moment = clock.now();
    if (entry.checkedAt === moment) return true;
    if (!clock.isUntouched(entry.tags, entry.checkedAt)) return false;
    // A hot entry looks at its tags once a purge, not once a request.
    entry.checkedAt = moment;
    return true;
  };

  return {
    async get(key) {
      const entry = entries.get(key);
      const at = now();
      if (entry && isCurrent(entry, at))
        return { value: entry.value, ageMs: at - entry.storedAt, leftMs: entry.expiresAt - at };
      if (entry) entries.delete(key);
      return { fence: String(clock.now()) };
    },
    async set(key, value, { ttlMs, tags, fence }) {
      const since = Number(fence);
      if (ttlMs <= 0 || !areTagsUsable(tags) || !clock.isUntouched(tags, since)) return false;
      const storedAt = now();
      entries.set(key, { value, tags: [...tags], storedAt, expiresAt: storedAt + ttlMs, checkedAt: since });
      return entries.has(key);
    },
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
