import { randomUUID } from 'node:crypto';
import type { Logger } from '@entrepot/telemetry/logger';
import { createBatches } from './batches.ts';
import { createBreaker } from './breaker.ts';
import { areTagsUsable, type CacheStore, type Entry, type Fence, type Found, type Missed } from './cache-store.ts';
import { connectRedis } from './connect-redis.ts';
import { createCopies, writeHead } from './copies.ts';
import { createOwedPurges } from './owed-purges.ts';
import {
  ADOPT,
  CLEAR,
  LOOK_UP,
  LOOK_UP_OR_LEASE,
  load,
  PURGE,
  RELEASE,
  run,
  type Script,
  STORE,
} from './redis-scripts.ts';

export type RedisStoreOptions = {
  url: string;
  logger: Logger;
  /** Keeps stores apart that share a server. */
  prefix?: string;
  /** How long a request may wait for Redis before it goes on without. */
  commandTimeoutMs?: number;
  /** Memory for copies in this process. */
  maxBytes?: number;
};

/** So many failures in a row, and nobody waits for Redis any more … */
const BREAKER_THRESHOLD = 3;
/** … but for one look at it every so often. */
const BREAKER_PAUSE_MS = 500;
const RETRY_MS = 250;
const BYPASS: Missed = { fence: undefined };
/** What holds more stays out: it would hold up the others in Redis. */
const MAX_VALUE_BYTES = 4 * 1024 * 1024;
/** So many keys a script: Redis does nothing else while one runs. */
const MAX_KEYS = 200;

/**
 * A cache in Redis, shared by all who use the same prefix. Redis that is dead, slow or hung is bypassed: it costs a request
 * at most the command timeout, never its answer.
 */
export function createRedisStore(options: RedisStoreOptions): CacheStore {
  const { url, logger, prefix = 'entrepot', commandTimeoutMs = 50, maxBytes = 64 * 1024 * 1024 } = options;
  // One hash tag, so that a cluster keeps everything that a script needs in one slot.
  const clockKey = `{${prefix}}:purges`;
  const entryKey = (key: string) => `{${prefix}}:entry:${key}`;
  const leaseKey = (key: string) => `{${prefix}}:lease:${key}`;
  /** This process, as leases name it. */
  const owner = randomUUID();
  const copies = createCopies(maxBytes);
  const breaker = createBreaker({ threshold: BREAKER_THRESHOLD, pauseMs: BREAKER_PAUSE_MS });
  const owed = createOwedPurges();
  /** Of the server we are connected to, once the clock is known to be whole. */
  let runId: string | undefined;
  let isClosed = false;

  const redis = connectRedis({ url, name: 'entrepot-cache', commandTimeoutMs });
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

  /** Undefined when it cannot be asked now. */
  async function ask(script: Script, keys: readonly string[], args: readonly string[]): Promise<Reply | undefined> {
    if (!isUsable()) return undefined;
    const reply = await attempt(script, [clockKey, ...keys], args).catch(() => undefined);
    if (reply === null && redis.status === 'ready') {
      // Evicted or flushed, and the purges with it: begin anew.
      runId = undefined;
      void adopt();
    }
    if (!Array.isArray(reply)) return undefined;
    const [generation, now, ...items] = reply;
    return { fence: `${generation}:${now}`, items };
  }

  async function look(keys: readonly string[]): Promise<readonly (Found | Missed)[]> {
    const reply = await ask(LOOK_UP, keys.map(entryKey), keys.map(copies.idOf));
    return keys.map((key, index) => (reply ? read(key, reply.items[index], reply.fence) : BYPASS));
  }

  /** What will be looked for when this turn ends, so that whoever wants the same is told the same. */
  let looking = new Map<string, Wanted>();
  const lookInBatch = createBatches(async (wanted: readonly Wanted[]) => {
    looking = new Map();
    const keys = wanted.flatMap(({ key }) => [entryKey(key), leaseKey(key)]);
    const known = wanted.flatMap(({ key, leaseMs }) => [copies.idOf(key), String(leaseMs)]);
    const reply = await ask(LOOK_UP_OR_LEASE, keys, [owner, ...known]);
    return wanted.map(({ key }, index) => (reply ? read(key, reply.items[index], reply.fence) : BYPASS));
  });

  function lookOrLease(key: string, leaseMs: number, then: Then): void {
    if (runId === undefined) {
      queueMicrotask(() => then(BYPASS));
      return;
    }
    const same = looking.get(key);
    if (same?.leaseMs === leaseMs) return void same.thens.push(then);
    const wanted = { key, leaseMs, thens: [then] };
    looking.set(key, wanted);
    lookInBatch(wanted, (found = BYPASS) => {
      for (const tell of wanted.thens) tell(found);
    });
  }

  function read(key: string, item: unknown, fence: Fence): Found | Missed {
    if (Buffer.isBuffer(item)) return { fence, isLeased: true };
    const isNew = Array.isArray(item);
    // The copy that Redis has just confirmed may have been pushed out by another meanwhile: then it is a miss.
    const copy = isNew ? copies.keep(key, item) : typeof item === 'number' ? copies.get(key) : undefined;
    if (!copy) return { fence };
    const { value, tags, head } = copy;
    const { ttlMs, staleMs, note } = head;
    const leftMs = Number(isNew ? item[0] : item) - staleMs;
    return { value, tags, note, ageMs: ttlMs - leftMs, leftMs, fence };
  }

  async function store(fence: Fence, entries: readonly Entry[]): Promise<readonly boolean[]> {
    const usable = entries.filter(
      ({ value, ttlMs, tags }) => ttlMs >= 1 && value.length <= MAX_VALUE_BYTES && areTagsUsable(tags),
    );
    if (usable.length === 0 || !isUsable()) return entries.map(() => false);
    const mark = fence.lastIndexOf(':');
    const args: (string | Buffer | number)[] = [fence.slice(0, mark), fence.slice(mark + 1)];
    for (const { value, ttlMs, staleMs = 0, tags, note = '' } of usable)
      args.push(Math.floor(ttlMs + staleMs), randomUUID(), writeHead({ ttlMs, staleMs, note }), tags.join('\n'), value);
    const reply = await attempt(STORE, [clockKey, ...usable.map(({ key }) => entryKey(key))], args).catch(() => []);
    const isStored = (entry: Entry) => Array.isArray(reply) && reply[usable.indexOf(entry)] === 1;
    return entries.map(isStored);
  }

  return {
    get: (key, leaseMs = 0) => new Promise((resolve) => lookOrLease(key, leaseMs, resolve)),
    getLater: (key, then) => lookOrLease(key, 0, then),
    async getMany(keys) {
      return (await Promise.all(inParts(keys).map(look))).flat();
    },
    async set(key, value, { fence, ...entry }) {
      return (await store(fence, [{ key, value, ...entry }]))[0] ?? false;
    },
    async setMany(fence, entries) {
      return (await Promise.all(inParts(entries).map((part) => store(fence, part)))).flat();
    },
    async release(key) {
      if (isUsable()) await attempt(RELEASE, [leaseKey(key)], [owner]).catch(() => {});
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
      copies.clear();
      redis.disconnect();
    },
  };
}

type Then = (found: Found | Missed) => void;
type Wanted = { readonly key: string; readonly leaseMs: number; readonly thens: Then[] };
type Reply = { readonly fence: Fence; readonly items: readonly unknown[] };

function inParts<T>(items: readonly T[]): readonly (readonly T[])[] {
  if (items.length <= MAX_KEYS) return [items];
  const count = Math.ceil(items.length / MAX_KEYS);
  return Array.from({ length: count }, (_, index) => items.slice(index * MAX_KEYS, (index + 1) * MAX_KEYS));
}
