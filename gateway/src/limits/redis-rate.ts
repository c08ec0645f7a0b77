import { createBatches } from '@entrepot/cache/batches';
import { createBreaker } from '@entrepot/cache/breaker';
import { connectRedis } from '@entrepot/cache/connect-redis';
import { run, script } from '@entrepot/cache/redis-scripts';
import type { Logger } from '@entrepot/telemetry/logger';
import { createMemoryRate } from './memory-rate.ts';
import { describe, type Rate, type RateLimiter, type Taken } from './rate-limiter.ts';

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
 * KEYS budgets, one for each request; ARGV µs a unit, units of a full budget, and for each request the units wanted → for each:
 * µs until full, µs until allowed. As `takeAt`, by the clock of Redis, so that gateways need not agree on the time.
 * Microseconds, because a script's numbers become integers.
 */
const TAKE = script(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local unit = tonumber(ARGV[1])
local burst = tonumber(ARGV[2])
local reply = {}
for index, key in ipairs(KEYS) do
  local before = math.max(now, tonumber(redis.call('GET', key) or 0))
  local after = before + math.min(tonumber(ARGV[index + 2]), burst) * unit
  local retry = after - burst * unit - now
  if retry > 1 then
    reply[2 * index - 1] = math.ceil(before - now)
    reply[2 * index] = math.ceil(retry)
  else
    if after > now then
      redis.call('SET', key, string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000))
    end
    reply[2 * index - 1] = math.ceil(after - now)
    reply[2 * index] = 0
  end
end
return reply
`);

type Wanted = { readonly key: string; readonly units: number };

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

  const takeAll = async (wanted: readonly Wanted[]): Promise<readonly unknown[]> => {
    const keys = wanted.map(({ key }) => `{${prefix}}:rate:${key}`);
    const reply = await run(redis, TAKE, keys, [usPerUnit, burst, ...wanted.map(({ units }) => units)]);
    if (Array.isArray(reply) && reply.length === 2 * wanted.length) return reply;
    throw new Error('Redis answered something else');
  };
  const takeShared = createBatches(async (wanted: readonly Wanted[]): Promise<readonly Taken[]> => {
    try {
      const reply = await takeAll(wanted);
      breaker.succeeded();
      return wanted.map((_, index) =>
        describe(Number(reply[2 * index]) / 1_000, Number(reply[2 * index + 1]) / 1_000, rate),
      );
    } catch (error) {
      breaker.failed();
      logger.debug({ err: error }, 'the rates in Redis did not answer');
      return [];
    }
  });
  const takeLater = (key: string, units: number, then: (taken: Taken | undefined) => void) => {
    if (redis.status === 'ready' && breaker.allows()) takeShared({ key, units }, then);
    else queueMicrotask(() => then(undefined));
  };

  return {
    async take(key, units) {
      const taken = await new Promise<Taken | undefined>((resolve) => takeLater(key, units, resolve));
      if (taken) return taken;
      onBypass?.();
      return local.take(key, units);
    },
    takeLater,
    async close() {
      isShared = false;
      redis.disconnect();
      await local.close();
    },
  };
}
