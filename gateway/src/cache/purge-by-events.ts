import { randomUUID } from 'node:crypto';
import type { CacheStore } from '@entrepot/cache/cache-store';
import { TOPICS } from '@entrepot/events/contract';
import type { EventLog } from '@entrepot/events/log';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { Counter } from 'prom-client';

export type Purger = {
  /** Whether changes reach this cache: false while the event log cannot be reached. */
  isLive(): boolean;
  stop(): Promise<void>;
};

const HEARTBEAT_MS = 500;
/** After so long without a sign of life from the log, what is kept may have changed unheard. */
const SILENCE_MS = 1_500;
const PING_LIMIT_MS = 1_000;

/**
 * Hears all events, from now on, and purges what each of them names. The gateway reads nothing else of an event, so it
 * needs to know nothing of commerce. While the log is out of reach the cache is not served, and before it is served again it is emptied.
 */
export async function startPurger({
  log,
  store,
  logger,
  registry,
}: {
  log: EventLog;
  store: CacheStore;
  logger: Logger;
  registry: Registry;
}): Promise<Purger> {
  const purged = new Counter({
    name: 'cache_purged_tags_total',
    help: 'Tags purged because of events',
    registers: [registry],
  });
  const subscription = await log.subscribe({
    // A group of its own: every gateway must hear every event.
    group: `gateway-${randomUUID()}`,
    topics: TOPICS,
    from: 'end',
    async onBatch(messages) {
      const tags = new Set(messages.flatMap(({ envelope }) => envelope.purges ?? []));
      if (tags.size > 0) await store.purge([...tags]);
      purged.inc(tags.size);
    },
  });
  let seen = performance.now();
  let wasLive = true;
  const beat = async () => {
    await withLimit(log.ping());
    if (!wasLive) {
      await store.clear();
      wasLive = true;
      logger.info('the event log is back; the cache begins anew');
    }
    seen = performance.now();
  };
  const isLive = () => {
    const live = wasLive && performance.now() - seen < SILENCE_MS;
    if (!live && wasLive) {
      wasLive = false;
      logger.warn('the event log cannot be reached; answers are not served from the cache');
    }
    return live;
  };
  const heart = setInterval(() => {
    beat().catch((error: unknown) => logger.debug({ err: error }, 'no sign of life from the event log'));
  }, HEARTBEAT_MS);
  return {
    isLive,
    async stop() {
      clearInterval(heart);
      await subscription.stop();
    },
  };
}

async function withLimit(act: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), PING_LIMIT_MS);
  });
  try {
    await Promise.race([act, limit]);
  } finally {
    clearTimeout(timer);
  }
}
