import type { Pool } from 'pg';
import { parseEnvelope } from '../envelope.ts';
import type { LogMessage, SubscribeOptions } from '../log.ts';
import type { Place } from './leases.ts';

/** Only the holder moves a group on: one whose lease expired meanwhile must not move it back. */
const COMMIT = `
WITH moved AS (
  UPDATE log_group_offset o SET next_offset = d.next_offset, updated_at = now()
  FROM unnest($5::text[], $6::smallint[], $7::bigint[]) AS d (topic, partition, next_offset)
  JOIN log_lease l ON l.group_name = $8 AND l.topic = d.topic AND l.partition = d.partition AND l.holder = $9
  WHERE o.group_name = $8 AND o.topic = d.topic AND o.partition = d.partition
)`;
const READ = `
SELECT m.topic, m.partition, m."offset", m.key, m.envelope
FROM unnest($1::text[], $2::smallint[], $3::bigint[]) AS s (topic, partition, next_offset),
LATERAL (
  SELECT * FROM log_message l WHERE l.topic = s.topic AND l.partition = s.partition AND l."offset" >= s.next_offset
  ORDER BY l."offset" LIMIT $4
) m`;

export type ReadRequest = {
  group: string;
  member: string;
  /** Where the group has got to, to be kept. */
  done: readonly Place[];
  /** Where to read on. */
  from: readonly Place[];
  maxBatch: number;
};

/** Keeps what is done and reads what comes next, in one round trip: this runs for every batch. */
export async function commitAndRead(pool: Pool, request: ReadRequest): Promise<LogMessage[]> {
  const { group, member, done, from, maxBatch } = request;
  const reading = [...columns(from), maxBatch];
  const { rows } = await pool.query<Omit<LogMessage, 'envelope'> & { envelope: string }>(
    // Named statements are planned once a connection.
    done.length === 0
      ? { name: 'log-read', text: READ, values: reading }
      : { name: 'log-commit-read', text: COMMIT + READ, values: [...reading, ...columns(done), group, member] },
  );
  return rows.map((row) => ({ ...row, envelope: parseEnvelope(row.envelope) }));
}

/** Gives a new group its place in every partition: the first message, or the one to come. */
export async function joinGroup(pool: Pool, { group, topics, from }: SubscribeOptions): Promise<void> {
  await pool.query(
    `INSERT INTO log_group_offset (group_name, topic, partition, next_offset)
     SELECT $1, topic, partition, CASE WHEN $3 THEN next_offset ELSE first_offset END
     FROM log_partition WHERE topic = ANY($2) ORDER BY topic, partition
     ON CONFLICT (group_name, topic, partition) DO UPDATE SET updated_at = now()`,
    [group, topics, from === 'end'],
  );
}

export async function forgetGroup(pool: Pool, group: string): Promise<void> {
  await pool.query('DELETE FROM log_group_offset WHERE group_name = $1', [group]);
}

function columns(places: readonly Place[]): [string[], number[], bigint[]] {
  return [
    places.map(({ topic }) => topic),
    places.map(({ partition }) => partition),
    places.map(({ nextOffset }) => nextOffset),
  ];
}
