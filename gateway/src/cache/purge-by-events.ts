import type { CacheStore } from '@entrepot/cache/cache-store';
import type { Envelope } from '@entrepot/events/contract';
import type { EventLog, LogMessage } from '@entrepot/events/log';
import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import { createContinuity } from './continuity.ts';
import { withUnnamed } from './keeping.ts';

export type Purging = {
  /** The longest that an answer may be kept now. */
  ttlLimitMs(): number;
  /** Whether every change reaches us. */
  isLive(): boolean;
  stop(): Promise<void>;
};

export type PurgingOptions = {
  openLog: () => Promise<EventLog>;
  topics: readonly string[];
  /** This instance's own: every instance has to see every event. */
  group: string;
  store: CacheStore;
  onPurged: (tags: number) => void;
  /** Events whose purges are done: whoever reads from now on sees what they tell. */
  onEvents?: (events: readonly Envelope[]) => void;
  /** Events have come and gone that we were not handed. */
  onMissed?: () => void;
  logger: Logger;
  checkMs?: number;
};

/** How old an answer may get while nobody tells us of changes. */
const BLIND_TTL_MS = 2_000;
const PING_LIMIT_MS = 1_500;
/** Looking for a consumer that has stopped without a word costs the log some requests. */
const LAG_EVERY = 5;

/**
 * Purges what events say is stale (`purges` of their envelopes), knowing nothing else of them.
 *
 * While the log is out of reach, changes happen that we do not hear of. We then clear the cache and keep answers for two
 * seconds only: enough to carry a peak, and no answer gets older than that. When the log is back and read to its end, the
 * cache is cleared once more, and full times to live begin again. It begins that way too, because a shared cache may hold
 * what changed while no gateway was running.
 */
export function startPurging(options: PurgingOptions): Purging {
  const { openLog, topics, group, store, onPurged, onEvents, onMissed, logger, checkMs = 1_000 } = options;
  const stopping = new AbortController();
  let log: EventLog | undefined;
  let isSubscribed = false;
  let live = false;
  const continuity = createContinuity();
  let batches = 0;
  let checks = 0;
  /** The batches handled when lag was last seen; undefined when there was none. */
  let behindAt: number | undefined;

  const onBatch = async (messages: readonly LogMessage[]) => {
    const tags = new Set(messages.flatMap(({ envelope }) => readPurges(envelope.purges)));
    // A purge that is uncertain stays the store's concern: it serves nothing until it is done.
    if (tags.size > 0) await store.purge([...withUnnamed(tags)]).catch(() => {});
    onPurged(tags.size);
    onEvents?.(messages.map(({ envelope }) => envelope));
    if (!continuity.handled(messages)) {
      await store.clear().catch(() => {});
      onMissed?.();
    }
    batches++;
  };

  const check = async (): Promise<void> => {
    log ??= await openLog();
    if (!isSubscribed) await log.subscribe({ group, topics, from: 'end', isTemporary: true, onBatch });
    isSubscribed = true;
    await within(PING_LIMIT_MS, log.ping());
    if (!live || checks++ % LAG_EVERY === 0) await checkLag(log);
    if (live) return;
    const isWhole = continuity.isWhole(await within(PING_LIMIT_MS, log.places(group, topics)));
    live = true;
    await store.clear().catch(() => {});
    if (!isWhole) onMissed?.();
    logger.info('events purge the cache');
  };

  const checkLag = async (of: EventLog) => {
    const lags = await within(PING_LIMIT_MS, of.lag(group, topics));
    const lag = lags.reduce((sum, topic) => sum + topic.lag, 0);
    const isStuck = lag > 0 && behindAt === batches;
    behindAt = lag > 0 ? batches : undefined;
    if (isStuck || (lag > 0 && !live)) throw new Error(`${lag} events are waiting`);
  };

  const done = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await check();
      } catch (error) {
        if (live) {
          live = false;
          await store.clear().catch(() => {});
        }
        logger.warn({ err: error }, 'events do not reach the cache: answers are kept for two seconds only');
      }
      await sleep(checkMs, stopping.signal).catch(() => {});
    }
  })();

  return {
    ttlLimitMs: () => (live ? Number.POSITIVE_INFINITY : BLIND_TTL_MS),
    isLive: () => live,
    async stop() {
      stopping.abort();
      await done;
      await log?.close();
    },
  };
}

/** For gateways that no event log is named to: answers live as long as their subgraphs say. */
export const noPurging: Purging = {
  ttlLimitMs: () => Number.POSITIVE_INFINITY,
  isLive: () => true,
  stop: async () => {},
};

const readPurges = (purges: unknown): string[] =>
  Array.isArray(purges) ? purges.filter((tag) => typeof tag === 'string') : [];

async function within<T>(limitMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
