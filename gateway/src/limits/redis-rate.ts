import { createBreaker } from '@entrepot/cache/breaker';
import { connectRedis } from '@entrepot/cache/connect-redis';
import { run, script } from '@entrepot/cache/redis-scripts';
import type { Logger } from '@entrepot/telemetry/logger';
import { createMemoryRate } from './memory-rate.ts';
import { describe, type Rate, type RateLimiter } from './rate-limiter.ts';

export type RedisRateOptions = Rate & {
  url: string;
  logger: Logger;
  /** Keeps gateways apart that share a server. */
  prefix?: string;
  /** How long a request may wait for Redis before it is counted here. */
  commandTimeoutMs?: number;
  /** Called for each request that was counted without Redis. */
  onBypass?: () => void;
};

/** So many failures in a row, and nobody waits for Redis any more but one request a pause. */
const BREAKER = { threshold: 3, pauseMs: 500 };

/**
 * KEYS budget; ARGV ms a unit, units of a full budget, units wanted → ms until full, ms until allowed. As `takeAt`, by the clock
 * of Redis, so that gateways need not agree on the time. Microseconds, because a script's numbers become integers.
 */
const TAKE = script(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local unit = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local before = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
local after = before + math.min(tonumber(ARGV[3]), burst) * unit
local retry = after - burst * unit - now
if retry > 1 then return {math.ceil(before - now), math.ceil(retry)} end
if after > now then
  redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
end
return {math.ceil(after - now), 0}
`);

/** Budgets in Redis, shared by all gateways. While it is dead or slow, each gateway counts by itself: it never costs an answer. */
export function createRedisRate(options: RedisRateOptions): RateLimiter {
  const { url, logger, prefix = 'entrepot', commandTimeoutMs = 50, onBypass, perMinute, burst } = options;
  const rate = { perMinute, burst };
  const local = createMemoryRate(rate);
  const breaker = createBreaker(BREAKER);
  const usPerUnit = 60_000_000 / perMinute;

  const redis = connectRedis({ url, name: 'entrepot-rates', commandTimeoutMs });
  redis.on('error', (error: Error) => logger.debug({ err: error }, 'the rates in Redis are out of reach'));
  let isShared = false;
  redis.on('close', () => {
    if (isShared) logger.warn('lost the rates in Redis; this gateway counts by itself');
    isShared = false;
  });
  redis.on('ready', () => {
    isShared = true;
    breaker.succeeded();
  });

  const takeShared = async (key: string, units: number) => {
    const reply = await run(redis, TAKE, [`{${prefix}}:rate:${key}`], [usPerUnit, burst, units]);
    const [resetUs, retryUs] = Array.isArray(reply) ? reply.map(Number) : [];
    if (resetUs === undefined || retryUs === undefined) throw new Error('Redis answered something else');
    return describe(resetUs / 1_000, retryUs / 1_000, rate);
  };

  return {
    async take(key, units) {
      if (redis.status === 'ready' && breaker.allows()) {
        try {
          const taken = await takeShared(key, units);
          breaker.succeeded();
          return taken;
        } catch (error) {
          breaker.failed();
          logger.debug({ err: error }, 'the rates in Redis did not answer');
        }
      }
      onBypass?.();
      return local.take(key, units);
    },
    async close() {
      isShared = false;
      redis.disconnect();
      await local.close();
    },
  };
}
