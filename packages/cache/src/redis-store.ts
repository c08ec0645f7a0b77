import { randomUUID } from 'node:crypto';
import type { Logger } from '@entrepot/telemetry/logger';
import { Redis } from 'ioredis';
import { createBreaker } from './breaker.ts';
import { areTagsUsable, type CacheStore, type Missed } from './cache-store.ts';
import { createOwedPurges } from './owed-purges.ts';
import { ADOPT, CLEAR, LOOK_UP, load, PURGE, run, type Script, STORE } from './redis-scripts.ts';

export type RedisStoreOptions = {
  url: string;
  logger: Logger;
  /** Keeps stores apart that share a server. */
  prefix?: string;
  /** How long a request may wait for Redis before it goes on without. */
  commandTimeoutMs?: number;
};

/** So many failures in a row, and nobody waits for Redis any more … */
const BREAKER_THRESHOLD = 3;
/** … but for one look at it every so often. */
const BREAKER_PAUSE_MS = 500;
const RETRY_MS = 250;
const BYPASS: Missed = { fence: undefined };
/** What holds more stays out: it would hold up the others in Redis. */
const MAX_VALUE_BYTES = 4 * 1024 * 1024;

/**
 * A cache in Redis, shared by all who use the same prefix. Redis that is dead, slow or hung is bypassed: it costs a request
 * at most the command timeout, never its answer.
 */
export function createRedisStore(options: RedisStoreOptions): CacheStore {
  const { url, logger, prefix = 'entrepot', commandTimeoutMs = 50 } = options;
  // One hash tag, so that a cluster keeps everything that a script needs in one slot.
  const clockKey = `{${prefix}}:purges`;
  const entryKey = (key: string) => `{${prefix}}:entry:${key}`;
  const breaker = createBreaker({ threshold: BREAKER_THRESHOLD, pauseMs: BREAKER_PAUSE_MS });
  const owed = createOwedPurges();
  /** Of the server we are connected to, once the clock is known to be whole. */
  let runId: string | undefined;
  let isClosed = false;

  const redis = new Redis(url, {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 1_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // A server that hangs gets a new connection, lest what it never answers pile up here.
    socketTimeout: 5_000,
    retryStrategy: (attempt) => Math.min(2_000, 50 * 2 ** attempt) * (0.5 + Math.random() / 2),
    connectionName: 'entrepot-cache',
    disableClientInfo: true,
  });
  redis.on('error', (error: Error) => logger.debug({ err: error }, 'the cache in Redis is out of reach'));
  redis.on('close', () => {
    if (runId !== undefined) logger.warn('lost the cache in Redis; serving without it');
    runId = undefined;
  });
  redis.on('ready', () => void adopt());

  /** Makes sure that the clock in Redis has not missed a purge, and catches up on those that Redis has missed. */
  async function adopt(): Promise<void> {
    try {
      const info = await redis.info('server');
      const id = /^run_id:(\w+)/m.exec(info)?.[1];
      if (id === undefined) throw new Error('Redis tells no run_id');
      await load(redis);
      await run(redis, ADOPT, [clockKey], [id, randomUUID()]);
      runId = id;
      await settle();
      breaker.succeeded();
      logger.info('the cache is in Redis');
    } catch (error) {
      logger.debug({ err: error }, 'the cache in Redis is not ready yet');
      retryLater();
    }
  }

  let retry: NodeJS.Timeout | undefined;
  function retryLater(): void {
    if (isClosed) return;
    retry ??= setTimeout(() => {
      retry = undefined;
      // Without a connection it is the event `ready` that goes on.
      if (redis.status !== 'ready') return;
      if (runId === undefined) void adopt();
      else settle().catch(retryLater);
    }, RETRY_MS).unref();
  }

  /** Sends every purge that Redis has not confirmed. */
  async function settle(): Promise<void> {
    const debt = owed.all();
    if (!debt) return;
    const id = runId;
    if (id === undefined) throw new Error('Redis is out of reach');
    if (debt.what === 'everything') await attempt(CLEAR, [clockKey], [id, randomUUID()]);
    else await attempt(PURGE, [clockKey], debt.what);
    owed.paid(debt);
  }

  async function attempt(script: Script, keys: readonly string[], args: readonly (string | Buffer | number)[]) {
    try {
      const reply = await run(redis, script, keys, args);
      breaker.succeeded();
      return reply;
    } catch (error) {
      breaker.failed();
      throw error;
    }
  }

  // While a purge is owed, Redis may hold values that should be gone.
  const isUsable = () => runId !== undefined && owed.isEmpty() && breaker.allows();

  async function owe(tags: readonly string[] | 'everything'): Promise<void> {
    owed.add(tags);
    try {
      await settle();
    } catch (error) {
      retryLater();
      throw error;
    }
  }

  return {
    async get(key) {
      if (!isUsable()) return BYPASS;
      const reply = await attempt(LOOK_UP, [clockKey, entryKey(key)], []).catch(() => undefined);
      if (reply === null && redis.status === 'ready') {
        // Evicted or flushed, and the purges with it: begin anew.
        runId = undefined;
        void adopt();
      }
      return Array.isArray(reply) ? readLookup(reply) : BYPASS;
    },
    async set(key, value, { ttlMs, tags, fence }) {
      const ttl = Math.floor(ttlMs);
      if (ttl <= 0 || value.length > MAX_VALUE_BYTES || !areTagsUsable(tags) || !isUsable()) return false;
      const mark = fence.lastIndexOf(':');
      const args = [fence.slice(0, mark), fence.slice(mark + 1), ttl, tags.join('\n'), value];
      const reply = await attempt(STORE, [clockKey, entryKey(key)], args).catch(() => 0);
      return reply === 1;
    },
    async purge(tags) {
      if (tags.length > 0) await owe(tags);
    },
    clear: () => owe('everything'),
    isReady: () => runId !== undefined && owed.isEmpty() && !breaker.isOpen(),
    async close() {
      isClosed = true;
      runId = undefined;
      clearTimeout(retry);
      redis.disconnect();
    },
  };
}

function readLookup([generation, now, value, leftMs, ttlMs]: readonly unknown[]) {
  if (Buffer.isBuffer(value)) return { value, ageMs: Number(ttlMs) - Number(leftMs), leftMs: Number(leftMs) };
  return { fence: `${generation}:${now}` };
}
