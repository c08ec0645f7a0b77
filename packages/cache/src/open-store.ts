import type { Logger } from '@entrepot/telemetry/logger';
import type { CacheStore } from './cache-store.ts';
import { createMemoryStore } from './memory-store.ts';
import { createRedisStore } from './redis-store.ts';

export type StoreConfig = { REDIS_URL?: string | undefined; CACHE_BYTES?: number | undefined };

/** The store that the configuration names: Redis, or this process's own memory without one. */
export function openStore({ REDIS_URL, CACHE_BYTES }: StoreConfig, logger: Logger): CacheStore {
  if (REDIS_URL !== undefined) return createRedisStore({ url: REDIS_URL, logger });
  return createMemoryStore(CACHE_BYTES === undefined ? {} : { maxBytes: CACHE_BYTES });
}
