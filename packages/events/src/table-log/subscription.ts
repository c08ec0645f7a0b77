import { randomUUID } from 'node:crypto';
import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Pool } from 'pg';
import type { Envelope } from '../contract.ts';
import { DEFAULT_MAX_BATCH, type LogMessage, PARTITIONS, type SubscribeOptions, type Subscription } from '../log.ts';
import type { Wake } from '../wake.ts';
import { beat, leave, type Slot, slotName } from './leases.ts';

const BEAT_MS = 1_500;
/** How often to look without having been notified: notifications are lost while the listening connection is. */
const POLL_MS = 500;
const MAX_PAUSE_MS = 5_000;

type Held = Slot & {
  nextOffset: bigint;
  /** How often in a row its batch failed; it rests until `restsUntil` (ms). */
  failures: number;
  restsUntil: number;
};

type Deps = { pool: Pool; wake: Wake; logger: Logger };

/** Reads what a group has not handled yet from the partitions this member holds, for as long as it is not stopped. */
export async function subscribe({ pool, wake, logger }: Deps, options: SubscribeOptions): Promise<Subscription> {
  const { group, topics, onBatch, maxBatch = DEFAULT_MAX_BATCH } = options;
  const member = randomUUID();
  const slots = topics.flatMap((topic) => Array.from({ length: PARTITIONS }, (_, partition) => ({ topic, partition })));
  const stopping = new AbortController();
  let held = new Map<string, Held>();
  let beaten = 0;

  await joinGroup(pool, options);

  const keepLeases = async () => {
    if (performance.now() - beaten < BEAT_MS) return;
    const now = await beat(pool, group, member, slots);
    beaten = performance.now();
    // What we held before goes on from our own place, which may be ahead of the last committed offset only by nothing.
    held = new Map(
      now.map((slot) => [slotName(slot), held.get(slotName(slot)) ?? { ...slot, failures: 0, restsUntil: 0 }]),
    );
  };

  const handle = async (slot: Held, messages: readonly LogMessage[]) => {
    try {
      await onBatch(messages, { signal: stopping.signal });
      const last = messages.at(-1);
      if (last) slot.nextOffset = BigInt(last.offset) + 1n;
      slot.failures = 0;
      return slot;
    } catch (error) {
      slot.failures++;
      slot.restsUntil = performance.now() + Math.min(MAX_PAUSE_MS, 50 * 2 ** slot.failures) * (0.5 + Math.random() / 2);
      logger.warn(
        { err: error, group, topic: slot.topic, partition: slot.partition },
        'a batch failed and will come again',
      );
      return undefined;
    }
  };

  const step = async (): Promise<boolean> => {
    await keepLeases();
    const awake = [...held.values()].filter(({ restsUntil }) => restsUntil <= performance.now());
    const messages = await fetch(pool, awake, maxBatch);
    const batches = [...Map.groupBy(messages, slotName)];
    const done = await Promise.all(
      batches.map(([name, batch]) => {
        const slot = held.get(name);
        return slot && handle(slot, batch);
      }),
    );
    await commit(
      pool,
      group,
      member,
      done.filter((slot) => slot !== undefined),
    );
    return batches.length > 0;
  };

  const done = (async () => {
    while (!stopping.signal.aborted) {
      try {
        const found = await step();
        if (!found) await wake.sleep(POLL_MS);
      } catch (error) {
        // The log's database is away: what we hold may be another's by the time it is back.
        held.clear();
        beaten = 0;
        logger.warn({ err: error, group }, 'the event log cannot be read; trying again');
        await sleep(POLL_MS, stopping.signal).catch(() => {});
      }
    }
    await leave(pool, group, member).catch((error: unknown) =>
      logger.warn({ err: error, group }, 'could not leave the group'),
    );
  })();

  return {
    async stop() {
      stopping.abort();
      wake.wake();
      await done;
    },
  };
}

/** Gives a new group its place in every partition: the first message, or the one to come. */
async function joinGroup(pool: Pool, { group, topics, from }: SubscribeOptions): Promise<void> {
  await pool.query(
    `INSERT INTO log_group_offset (group_name, topic, partition, next_offset)
     SELECT $1, topic, partition, CASE WHEN $3 THEN next_offset ELSE 0 END FROM log_partition WHERE topic = ANY($2)
     ON CONFLICT (group_name, topic, partition) DO UPDATE SET updated_at = now()`,
    [group, topics, from === 'end'],
  );
}

async function fetch(pool: Pool, slots: readonly Held[], maxBatch: number): Promise<LogMessage[]> {
  if (slots.length === 0) return [];
  const { rows } = await pool.query<{
    topic: string;
    partition: number;
    offset: string;
    key: string;
    envelope: string;
  }>({
    // A named statement is planned once a connection: this one runs for every wake-up.
    name: 'log-fetch',
    text: `SELECT m.topic, m.partition, m."offset", m.key, m.envelope
      FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS s (topic, partition, next_offset),
      LATERAL (
        SELECT * FROM log_message l WHERE l.topic = s.topic AND l.partition = s.partition AND l."offset" >= s.next_offset
        ORDER BY l."offset" LIMIT $4
      ) m`,
    values: [
      slots.map(({ topic }) => topic),
      slots.map(({ partition }) => partition),
      slots.map(({ nextOffset }) => nextOffset),
      maxBatch,
    ],
  });
  return rows.map((row) => {
    const envelope: Envelope = JSON.parse(row.envelope);
    return { ...row, envelope };
  });
}

/** Only the holder moves a group on: one whose lease expired meanwhile must not move it back. */
async function commit(pool: Pool, group: string, member: string, slots: readonly Held[]): Promise<void> {
  if (slots.length === 0) return;
  await pool.query(
    `UPDATE log_group_offset o SET next_offset = d.next_offset, updated_at = now()
     FROM unnest($3::text[], $4::smallint[], $5::bigint[]) AS d (topic, partition, next_offset)
     JOIN log_lease l ON l.group_name = $1 AND l.topic = d.topic AND l.partition = d.partition AND l.holder = $2
     WHERE o.group_name = $1 AND o.topic = d.topic AND o.partition = d.partition`,
    [
      group,
      member,
      slots.map(({ topic }) => topic),
      slots.map(({ partition }) => partition),
      slots.map(({ nextOffset }) => nextOffset),
    ],
  );
}
