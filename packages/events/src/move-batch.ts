import type pg from 'pg';
import type { EventLog } from './log.ts';

const BATCH = 500;
/** Together with the greatest event well below the megabyte that a broker takes in one batch. */
const BATCH_CHARS = 512 * 1024;

type OutboxRow = { shard: number; seq: string; topic: string; key: string; envelope: string };

export type Moved = {
  count: number;
  /** Whether more were waiting than are moved at a time. */
  isMore: boolean;
};

/**
 * Moves the oldest events of the outbox into the log. Crashing between the two steps repeats events, which consumers expect.
 */
export async function moveBatch(client: pg.Client, log: EventLog): Promise<Moved> {
  // An aggregate's events are appended under its row lock, so by `seq` they are in the order of its changes; an event
  // that commits late belongs to another aggregate and is found next time. As text: nobody here looks into them.
  const { rows } = await client.query<OutboxRow>({
    name: 'outbox-read',
    text: 'SELECT shard, seq, topic, key, envelope::text AS envelope FROM outbox ORDER BY seq LIMIT $1',
    values: [BATCH],
  });
  if (rows.length === 0) return { count: 0, isMore: false };
  const batch = withinBounds(rows);
  await log.publish(batch);
  await client.query({
    name: 'outbox-delete',
    text: `DELETE FROM outbox USING unnest($1::smallint[], $2::bigint[]) AS done (shard, seq)
      WHERE outbox.shard = done.shard AND outbox.seq = done.seq`,
    values: [batch.map(({ shard }) => shard), batch.map(({ seq }) => seq)],
  });
  return { count: batch.length, isMore: batch.length < rows.length || rows.length === BATCH };
}

/** As many of the first rows as are small enough together, and at least one. */
function withinBounds(rows: readonly OutboxRow[]): readonly OutboxRow[] {
  let chars = 0;
  const end = rows.findIndex(({ envelope }) => {
    chars += envelope.length;
    return chars > BATCH_CHARS;
  });
  return end === -1 ? rows : rows.slice(0, Math.max(1, end));
}
