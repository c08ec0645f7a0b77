import type { Pool } from 'pg';

/** By the database's clock, so that the members' own clocks do not matter. */
export const LEASE_MS = 4_000;

export type Slot = { readonly topic: string; readonly partition: number };
export type Place = Slot & { readonly nextOffset: bigint };
export const slotName = ({ topic, partition }: Slot) => `${topic}/${partition}`;

type Member = { readonly group: string; readonly member: string };

/** Tells that a member is alive and still wants what it holds; returns what that is, and how many members there are. */
export async function renew(
  pool: Pool,
  { group, member }: Member,
): Promise<{ members: number; held: ReadonlySet<string> }> {
  const { rows } = await pool.query<{ members: string; topic: string | null; partition: number | null }>({
    name: 'log-renew',
    text: `WITH alive AS (
       INSERT INTO log_member (group_name, member, expires_at) VALUES ($1, $2, now() + make_interval(secs => $3))
       ON CONFLICT (group_name, member) DO UPDATE SET expires_at = EXCLUDED.expires_at
     ), renewed AS (
       UPDATE log_lease SET expires_at = now() + make_interval(secs => $3) WHERE group_name = $1 AND holder = $2
       RETURNING topic, partition
     ), others AS (
       SELECT count(*) AS others FROM log_member WHERE group_name = $1 AND member <> $2 AND expires_at >= now()
     )
     SELECT 1 + others AS members, topic, partition FROM others LEFT JOIN renewed ON true`,
    values: [group, member, LEASE_MS / 1_000],
  });
  const held = rows.flatMap(({ topic, partition }) =>
    topic === null || partition === null ? [] : [slotName({ topic, partition })],
  );
  return { members: Number(rows[0]?.members ?? 1), held: new Set(held) };
}

/** Takes up to `limit` slots that nobody holds, those that come first; returns all that the member holds then. */
export async function take(
  pool: Pool,
  { group, member }: Member,
  slots: readonly Slot[],
  limit: number,
): Promise<Place[]> {
  const { rows } = await pool.query<{ topic: string; partition: number; next_offset: string }>(
    `WITH free AS (
       SELECT s.topic, s.partition FROM unnest($3::text[], $4::smallint[]) WITH ORDINALITY AS s (topic, partition, place)
       LEFT JOIN log_lease l ON l.group_name = $1 AND l.topic = s.topic AND l.partition = s.partition
       WHERE l.holder IS NULL OR l.expires_at < now()
       ORDER BY s.place LIMIT $5
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
     SELECT topic, partition, o.next_offset FROM holding JOIN log_group_offset o USING (topic, partition)
     WHERE o.group_name = $1`,
    [group, member, ...columns(slots), limit, LEASE_MS / 1_000],
  );
  return rows.map(({ topic, partition, next_offset }) => ({ topic, partition, nextOffset: BigInt(next_offset) }));
}

/** Gives slots back at once, so that others need not wait for them to expire. */
export async function release(pool: Pool, { group, member }: Member, slots: readonly Slot[]): Promise<void> {
  await pool.query(
    `DELETE FROM log_lease l USING unnest($3::text[], $4::smallint[]) AS s (topic, partition)
     WHERE l.group_name = $1 AND l.holder = $2 AND l.topic = s.topic AND l.partition = s.partition`,
    [group, member, ...columns(slots)],
  );
}

/** Gives everything back. */
export async function leave(pool: Pool, { group, member }: Member): Promise<void> {
  await pool.query(
    `WITH gone AS (DELETE FROM log_member WHERE group_name = $1 AND member = $2)
     DELETE FROM log_lease WHERE group_name = $1 AND holder = $2`,
    [group, member],
  );
}

function columns(slots: readonly Slot[]): [string[], number[]] {
  return [slots.map(({ topic }) => topic), slots.map(({ partition }) => partition)];
}
