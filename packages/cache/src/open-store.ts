import type { Logger } from '@entrepot/telemetry/logger';
import type { CacheStore } from './cache-store.ts';
import { createMemoryStore } from './memory-store.ts';
import { createRedisStore } from './redis-store.ts';

export type StoreConfig = {
  redisUrl: string | undefined;
  /** Of the store in memory. */
  maxBytes: number;
};

/** A store in Redis where there is one, else in this process. */
export function openStore({ redisUrl, maxBytes }: StoreConfig, logger: Logger): CacheStore {
  return redisUrl === undefined ? createMemoryStore({ maxBytes }) : createRedisStore({ url: redisUrl, logger });
}
