import type { Database } from '@entrepot/database/database';
import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import type pg from 'pg';
import { Counter, Gauge } from 'prom-client';
import type { Envelope } from './contract.ts';
import type { EventLog } from './log.ts';
import { createWake } from './wake.ts';

const CHANNEL = 'entrepot_outbox';
/** Any number; it only has to be the same for every relay of a database. */
const LEADER_LOCK = 7_318_002;
const BATCH = 500;
const POLL_MS = 250;
const MAX_PAUSE_MS = 5_000;
const FOLLOWER_MS = 2_000;
/** The outbox is counted up to here: a longer one is as bad. */
const MAX_COUNTED = 100_000;

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
  const stopping = new AbortController();
  const wake = createWake();
  const state = { leading: false };
  const published = measure(database, registry);

  const lead = async (client: pg.Client, isLost: () => boolean) => {
    client.on('notification', () => wake.wake());
    await client.query(`LISTEN ${CHANNEL}`);
    let failures = 0;
    while (!stopping.signal.aborted && !isLost()) {
      try {
        const moved = await moveBatch(client, log);
        published.inc(moved);
        failures = 0;
        if (moved === 0) await wake.sleep(POLL_MS);
      } catch (error) {
        if (isLost()) return;
        failures++;
        logger.warn({ err: error, failures }, 'events could not be published; they stay in the outbox');
        await sleep(Math.min(MAX_PAUSE_MS, 100 * 2 ** failures), stopping.signal).catch(() => {});
      }
    }
  };

  const done = (async () => {
    while (!stopping.signal.aborted) {
      await withLeadership(database, async (client, isLost) => {
        state.leading = true;
        await lead(client, isLost);
      }).catch((error: unknown) => logger.warn({ err: error }, 'the relay lost its database; trying again'));
      state.leading = false;
      await sleep(FOLLOWER_MS * (0.5 + Math.random() / 2), stopping.signal).catch(() => {});
    }
  })();

  const tellLeader = coalesce(async () => {
    await database.pool.query('SELECT pg_notify($1, $2)', [CHANNEL, '']);
  }, logger);

  return {
    poke: () => (state.leading ? wake.wake() : tellLeader()),
    async idle() {
      while (!(await isEmpty(database))) await sleep(20);
    },
    async stop() {
      stopping.abort();
      wake.wake();
      await done;
    },
  };
}

/** Runs `act` while this process holds the lock; returns at once when another one does. */
async function withLeadership(
  database: Database,
  act: (client: pg.Client, isLost: () => boolean) => Promise<void>,
): Promise<void> {
  const client = await database.dedicated();
  let lost = false;
  const lose = () => {
    lost = true;
  };
  client.on('error', lose);
  client.on('end', lose);
  try {
    const { rows } = await client.query<{ leads: boolean }>('SELECT pg_try_advisory_lock($1) AS leads', [LEADER_LOCK]);
    if (rows[0]?.leads) await act(client, () => lost);
  } finally {
    await client.end().catch(() => {});
  }
}

/** Returns how many events were moved. Crashing between the two steps repeats events, which consumers expect. */
async function moveBatch(client: pg.Client, log: EventLog): Promise<number> {
  // An aggregate's events are appended under its row lock, so by `seq` they are in the order of its changes; an event
  // that commits late belongs to another aggregate and is found next time.
  const { rows } = await client.query<{ shard: number; seq: string; topic: string; key: string; envelope: Envelope }>({
    name: 'outbox-read',
    text: 'SELECT shard, seq, topic, key, envelope FROM outbox ORDER BY seq LIMIT $1',
    values: [BATCH],
  });
  if (rows.length === 0) return 0;
  await log.publish(rows.map(({ topic, key, envelope }) => ({ topic, key, envelope })));
  await client.query({
    name: 'outbox-delete',
    text: `DELETE FROM outbox USING unnest($1::smallint[], $2::bigint[]) AS done (shard, seq)
      WHERE outbox.shard = done.shard AND outbox.seq = done.seq`,
    values: [rows.map(({ shard }) => shard), rows.map(({ seq }) => seq)],
  });
  return rows.length;
}

async function isEmpty({ pool }: Database): Promise<boolean> {
  const { rows } = await pool.query<{ empty: boolean }>('SELECT NOT EXISTS (SELECT FROM outbox) AS empty');
  return rows[0]?.empty ?? false;
}

/** Runs `act` soon, and once for all calls that come until then and while it runs. */
function coalesce(act: () => Promise<void>, logger: Logger): () => void {
  let state: 'idle' | 'running' | 'again' = 'idle';
  const run = async () => {
    do {
      state = 'running';
      await act().catch((error: unknown) =>
        logger.warn({ err: error }, 'the relay could not be woken; it looks by itself'),
      );
    } while ((state as 'running' | 'again') === 'again');
    state = 'idle';
  };
  return () => {
    if (state === 'idle') void run();
    else state = 'again';
  };
}

function measure({ pool }: Database, registry: Registry): Counter {
  const registers = [registry];
  const age = new Gauge({
    name: 'outbox_oldest_age_seconds',
    help: 'Age of the oldest event not yet published',
    registers,
  });
  new Gauge({
    name: 'outbox_rows',
    help: `Events not yet published, counted up to ${MAX_COUNTED}`,
    registers,
    async collect() {
      const { rows } = await pool.query<{ waiting: string; age: string | null }>(
        `SELECT count(*) AS waiting, extract(epoch FROM now() - min(created_at)) AS age
         FROM (SELECT created_at FROM outbox ORDER BY seq LIMIT ${MAX_COUNTED}) AS waiting`,
      );
      this.set(Number(rows[0]?.waiting ?? 0));
      age.set(Number(rows[0]?.age ?? 0));
    },
  });
  return new Counter({ name: 'events_published_total', help: 'Events moved from the outbox into the log', registers });
}
