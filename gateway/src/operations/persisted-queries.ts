import { LRUCache } from 'lru-cache';

const MAX_BYTES = 16 * 1024 * 1024;

/** The texts of automatic persisted queries by their hash; shared by all generations, because a hash means the same in each. */
export function createPersistedQueries() {
  return new LRUCache<string, string>({
    maxSize: MAX_BYTES,
    sizeCalculation: (query, hash) => 2 * (query.length + hash.length),
  });
}
