import type { Database } from '@entrepot/database/database';
import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import type pg from 'pg';
import { backOffMs } from './back-off.ts';
import { coalesce } from './coalesce.ts';
import { withLeadership } from './leadership.ts';
import type { EventLog } from './log.ts';
import { moveBatch } from './move-batch.ts';
import { startPruning } from './prune-inbox.ts';
import { relayMetrics } from './relay-metrics.ts';
import { createWake } from './wake.ts';

const CHANNEL = 'entrepot_outbox';
/** Any number; it only has to be the same for every relay of a database. */
const LEADER_LOCK = 7_318_002;
const POLL_MS = 250;
const FOLLOWER_MS = 2_000;

export type Relay = {
  /** Says that a transaction with events was committed. Costs nothing much; calls close together become one. */
  poke(): void;
  /** Resolves when the outbox is empty. */
  idle(): Promise<void>;
  stop(): Promise<void>;
};

export type RelayOptions = { database: Database; log: EventLog; logger: Logger; registry: Registry };

/**
 * Moves events from a database's outbox into the log, in their order, deleting them only when the log has them: each is
 * delivered at least once. Of all relays of a database one leads (by a session lock) and the others stand by.
 */
export function startRelay({ database, log, logger, registry }: RelayOptions): Relay {
  const { pool } = database;
  const stopping = new AbortController();
  const wake = createWake();
  const published = relayMetrics(pool, registry);
  let isLeading = false;

  const lead = async (client: pg.Client, isLost: () => boolean) => {
    client.on('notification', () => wake.wake());
    // All it writes is that events are gone from the outbox; a server that crashes and forgets that has them moved again.
    await client.query(`SET statement_timeout = '10s'; SET synchronous_commit = off; LISTEN ${CHANNEL}`);
    for (let failures = 0; !stopping.signal.aborted && !isLost(); ) {
      try {
        const { count, isMore } = await moveBatch(client, log);
        published.inc(count);
        failures = 0;
        if (!isMore) await wake.sleep(POLL_MS);
      } catch (error) {
        if (isLost()) throw error;
        failures++;
        logger.warn({ err: error, failures }, 'events could not be published; they stay in the outbox');
        await sleep(backOffMs(failures), stopping.signal).catch(() => {});
      }
    }
  };

  const run = async () => {
    while (!stopping.signal.aborted) {
      try {
        await withLeadership(database, LEADER_LOCK, async (client, isLost) => {
          isLeading = true;
          const pruning = startPruning(pool, logger);
          await lead(client, isLost).finally(() => pruning.stop());
        });
      } catch (error) {
        logger.warn({ err: error }, 'the relay cannot lead; trying again');
      }
      isLeading = false;
      await sleep(FOLLOWER_MS * (0.5 + Math.random() / 2), stopping.signal).catch(() => {});
    }
  };
  const running = run();

  const tellLeader = coalesce<void>(async () => {
    await pool
      .query(`NOTIFY ${CHANNEL}`)
      .catch((error: unknown) => logger.warn({ err: error }, 'the relay could not be woken; it looks by itself'));
  });

  return {
    poke: () => (isLeading ? wake.wake() : tellLeader.call()),
    async idle() {
      for (;;) {
        const { rows } = await pool.query<{ empty: boolean }>('SELECT NOT EXISTS (SELECT FROM outbox) AS empty');
        if (rows[0]?.empty) return;
        await sleep(20);
      }
    },
    async stop() {
      stopping.abort();
      wake.wake();
      await running;
      await tellLeader.settled();
    },
  };
}
