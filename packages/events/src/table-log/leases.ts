import type { Pool } from 'pg';

/** By the database's clock, so that the members' own clocks do not matter. */
const LEASE_SECONDS = 5;

export type Slot = { readonly topic: string; readonly partition: number };
export const slotName = ({ topic, partition }: Slot) => `${topic}/${partition}`;

/**
 * One beat of a member's heart: tells that it is alive, keeps what it holds, gives up what is above its fair share, and
 * takes what nobody holds. Returns the slots it now holds, with the offsets to go on from.
 */
export async function beat(
  pool: Pool,
  group: string,
  member: string,
  slots: readonly Slot[],
): Promise<(Slot & { nextOffset: bigint })[]> {
  const topics = slots.map(({ topic }) => topic);
  const partitions = slots.map(({ partition }) => partition);
  const { rows } = await pool.query<{ members: string }>(
    `WITH alive AS (
       INSERT INTO log_member (group_name, member, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))
       ON CONFLICT (group_name, member) DO UPDATE SET expires_at = EXCLUDED.expires_at
     ), gone AS (
       DELETE FROM log_member WHERE group_name = $1 AND expires_at < now() AND member <> $2
     )
     SELECT 1 + count(*) AS members FROM log_member WHERE group_name = $1 AND member <> $2 AND expires_at >= now()`,
    [group, member, LEASE_SECONDS],
  );
  const share = Math.ceil(slots.length / Number(rows[0]?.members ?? 1));
  // Statements of one WITH see one snapshot, so keeping and giving up come before taking, each on its own.
  await pool.query(
    `WITH mine AS (
       SELECT topic, partition, row_number() OVER (ORDER BY topic, partition) AS place
       FROM log_lease WHERE group_name = $1 AND holder = $2
     ), surplus AS (
       DELETE FROM log_lease l USING mine m
       WHERE l.group_name = $1 AND l.topic = m.topic AND l.partition = m.partition AND l.holder = $2 AND m.place > $3
     )
     UPDATE log_lease l SET expires_at = now() + make_interval(secs => $4) FROM mine m
     WHERE l.group_name = $1 AND l.topic = m.topic AND l.partition = m.partition AND l.holder = $2 AND m.place <= $3`,
    [group, member, share, LEASE_SECONDS],
  );
  const held = await pool.query<{ topic: string; partition: number; next_offset: string }>(
    `WITH free AS (
       SELECT s.topic, s.partition FROM unnest($3::text[], $4::smallint[]) AS s (topic, partition)
       LEFT JOIN log_lease l ON l.group_name = $1 AND l.topic = s.topic AND l.partition = s.partition
       WHERE l.holder IS NULL OR l.expires_at < now()
       ORDER BY s.topic, s.partition
       LIMIT greatest($5 - (SELECT count(*) FROM log_lease WHERE group_name = $1 AND holder = $2), 0)
     ), taken AS (
       INSERT INTO log_lease (group_name, topic, partition, holder, expires_at)
       SELECT $1, topic, partition, $2, now() + make_interval(secs => $6) FROM free
       ON CONFLICT (group_name, topic, partition) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at
       WHERE log_lease.expires_at < now()
       RETURNING topic, partition
     ), holding AS (
       SELECT topic, partition FROM taken
       UNION SELECT topic, partition FROM log_lease WHERE group_name = $1 AND holder = $2
     )
     SELECT topic, partition, o.next_offset FROM holding JOIN log_group_offset o USING (topic, partition) WHERE o.group_name = $1`,
    [group, member, topics, partitions, share, LEASE_SECONDS],
  );
  return held.rows.map(({ topic, partition, next_offset }) => ({ topic, partition, nextOffset: BigInt(next_offset) }));
}

/** Gives everything back at once, so that others need not wait for it to expire. */
export async function leave(pool: Pool, group: string, member: string): Promise<void> {
  await pool.query(
    `WITH gone AS (DELETE FROM log_member WHERE group_name = $1 AND member = $2)
     DELETE FROM log_lease WHERE group_name = $1 AND holder = $2`,
    [group, member],
  );
}
