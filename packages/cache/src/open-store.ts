import type { Logger } from '@entrepot/telemetry/logger';
import type { CacheStore } from './cache-store.ts';
import { createMemoryStore } from './memory-store.ts';
import { createRedisStore } from './redis-store.ts';

export type StoreConfig = {
  redisUrl: string | undefined;
  /** How long a request may wait for Redis. */
  redisTimeoutMs: number;
  /** Of the store in memory, or of the copies of what is in Redis. */
  maxBytes: number;
};

/** A store in Redis where there is one, else in this process. */
export function openStore({ redisUrl, redisTimeoutMs, maxBytes }: StoreConfig, logger: Logger): CacheStore {
  if (redisUrl === undefined) return createMemoryStore({ maxBytes });
  return createRedisStore({ url: redisUrl, logger, commandTimeoutMs: redisTimeoutMs, maxBytes });
}
