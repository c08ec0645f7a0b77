import { LRUCache } from 'lru-cache';

const MAX_BYTES = 16 * 1024 * 1024;

/** Automatic persisted queries, shared by all generations: a query's hash means the same in each. Apollo Server checks them. */
export function createPersistedQueries() {
  const queries = new LRUCache<string, string>({
    maxSize: MAX_BYTES,
    sizeCalculation: (query, hash) => 2 * (query.length + hash.length),
  });
  return {
    get: async (hash: string) => queries.get(hash),
    set: async (hash: string, query: string) => void queries.set(hash, query),
    delete: async (hash: string) => queries.delete(hash),
  };
}
