import type { Logger } from '@entrepot/telemetry/logger';
import { Redis } from 'ioredis';
import { createBreaker } from './breaker.ts';
import { type CacheStore, NO_FENCE } from './cache-store.ts';

export type RedisOptions = {
  url: string;
  logger: Logger;
  /** Slower than this, and the answer is made without the cache. */
  timeoutMs?: number;
  /** Sets one graph's entries apart from another's. */
  namespace?: string;
};

/** A fence must outlive the slowest request that could still store something under it. */
const PURGE_MEMORY_S = 120;
/** A tag's index lives as long as the longest-lived entry that could be in it. */
const INDEX_TTL_S = 3_600;

/*
 * All keys share one hash tag and so one slot of a Redis Cluster: each script below touches several of them at once.
 *   <ns>:e        the epoch; entries of another epoch do not count, which is how everything is forgotten at once
 *   <ns>:v:<key>  an entry: epoch and value
 *   <ns>:t:<tag>  the keys of the entries with the tag
 *   <ns>:p:<tag>  when the tag was last purged
 * Times are Redis's own, in microseconds: unlike a counter they go on growing when Redis loses its data.
 */
const NOW = `
local t = redis.call('TIME')
local now = tonumber(t[1]) * 1000000 + tonumber(t[2])`;

const GET = `${NOW}
local entry = redis.call('HMGET', KEYS[1], 'e', 'v')
if entry[2] and entry[1] == (redis.call('GET', KEYS[2]) or '0') then return {1, entry[2]} end
return {0, string.format('%.0f', now)}`;

const SET = `
local fence, ttl, index_ttl = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local tags = (#KEYS - 2) / 2
for i = 1, tags do
  local purged = redis.call('GET', KEYS[2 + i])
  if purged and tonumber(purged) >= fence then return 0 end
end
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'e', redis.call('GET', KEYS[2]) or '0', 'v', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ttl)
for i = 1, tags do
  redis.call('SADD', KEYS[2 + tags + i], KEYS[1])
  redis.call('EXPIRE', KEYS[2 + tags + i], index_ttl)
end
return 1`;

const PURGE = `${NOW}
local tags = #KEYS / 2
for i = 1, tags do
  redis.call('SET', KEYS[i], string.format('%.0f', now), 'EX', ARGV[1])
  local index = KEYS[tags + i]
  local cursor = '0'
  repeat
    local page = redis.call('SSCAN', index, cursor, 'COUNT', 500)
    cursor = page[1]
    if #page[2] > 0 then redis.call('UNLINK', unpack(page[2])) end
  until cursor == '0'
  redis.call('UNLINK', index)
end
return tags`;

type Script = (...args: (string | number)[]) => Promise<unknown>;

/** A cache in Redis, shared by all gateways. Slow or dead, it costs a bypass and never a failure. */
export function createRedisStore({ url, logger, timeoutMs = 40, namespace = 'entrepot' }: RedisOptions): CacheStore {
  const redis = new Redis(url, {
    commandTimeout: timeoutMs,
    connectTimeout: 1_000,
    // What cannot be sent now is not worth sending later.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(1_000, 50 * attempt),
    keepAlive: 10_000,
  });
  redis.on('error', (error) => logger.debug({ err: error }, 'redis'));
  const breaker = createBreaker({
    onOpen: () => logger.warn('the cache in Redis does not answer; going on without it'),
    onClose: () => logger.info('the cache in Redis answers again'),
  });
  const ns = `{${namespace}}`;
  const define = (name: string, lua: string): Script => {
    redis.defineCommand(name, { lua });
    return (...args) => {
      const command: unknown = Reflect.get(redis, name);
      if (typeof command !== 'function') throw new Error(`redis knows no command ${name}`);
      return Reflect.apply(command, redis, args);
    };
  };
  const getScript = define('entrepotGet', GET);
  const setScript = define('entrepotSet', SET);
  const purgeScript = define('entrepotPurge', PURGE);
  const epoch = `${ns}:e`;
  const valueKey = (key: string) => `${ns}:v:${key}`;
  const tagKeys = (tags: readonly string[]) => [
    ...tags.map((tag) => `${ns}:p:${tag}`),
    ...tags.map((tag) => `${ns}:t:${tag}`),
  ];

  return {
    async get(key) {
      const answer = await breaker.run(() => getScript(2, valueKey(key), epoch));
      if (!Array.isArray(answer)) return { fence: NO_FENCE };
      const [isFound, what] = answer;
      return isFound === 1 ? { value: String(what) } : { fence: Number(what) };
    },
    async set(key, value, { ttlMs, tags, fence }) {
      if (fence === NO_FENCE) return false;
      const keys = [valueKey(key), epoch, ...tagKeys(tags)];
      const answer = await breaker.run(() =>
        setScript(keys.length, ...keys, value, fence, Math.ceil(ttlMs), INDEX_TTL_S),
      );
      return answer === 1;
    },
    async purge(tags) {
      if (tags.length === 0) return;
      const keys = tagKeys(tags);
      await purgeScript(keys.length, ...keys, PURGE_MEMORY_S);
    },
    async clear() {
      await redis.incr(epoch);
    },
    async close() {
      redis.disconnect();
    },
  };
}
