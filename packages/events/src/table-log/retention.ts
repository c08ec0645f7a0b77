import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Pool } from 'pg';
import { DEAD_LETTERS } from '../contract.ts';
import { KEEP_DAYS, KEEP_DEAD_LETTERS_DAYS } from '../log.ts';

const EVERY_MS = 60_000;
/** Of one partition at a time: small enough for a statement of a moment, and more than is published in between. */
const MAX_PRUNED = 20_000;
/** Any number; it only has to be the same for everyone who prunes. */
const RETENTION_LOCK = 7_318_003;

export type RetentionRules = {
  /** What every known group has read is kept for so many days. */
  readDays: number;
  /** Nothing is kept for longer, read or not. A group that has not read for so long is gone. */
  keepDays: number;
  keepDeadLettersDays: number;
  /** Nor more than so many messages a partition: the bound of the disk. */
  maxMessages: number;
};
const RULES: RetentionRules = {
  readDays: 1,
  keepDays: KEEP_DAYS,
  keepDeadLettersDays: KEEP_DEAD_LETTERS_DAYS,
  maxMessages: 2_000_000,
};

/** Forgets old messages and groups, a bounded number at a time; any member may do it. */
export function startRetention(pool: Pool, logger: Logger): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const done = (async () => {
    while (!stopping.signal.aborted) {
      await sleep(EVERY_MS * (0.5 + Math.random()), stopping.signal).catch(() => {});
      if (stopping.signal.aborted) return;
      await prune(pool).catch((error: unknown) => logger.warn({ err: error }, 'the event log could not be pruned'));
    }
  })();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

/** Looks at the oldest messages of each partition; returns how many were forgotten. */
export async function prune(pool: Pool, rules: RetentionRules = RULES): Promise<number> {
  const { rows } = await pool.query<{ pruned: string }>(
    `WITH mine AS MATERIALIZED (SELECT pg_try_advisory_xact_lock($1) AS locked
     ), partitions AS MATERIALIZED (
       SELECT p.topic, p.partition, p.first_offset, p.next_offset,
         coalesce((SELECT min(o.next_offset) FROM log_group_offset o
           WHERE o.topic = p.topic AND o.partition = p.partition), p.first_offset) AS read_to,
         make_interval(days => CASE WHEN p.topic = $2 THEN $3::int ELSE $4::int END) AS longest
       FROM log_partition p, mine WHERE mine.locked
     ), oldest AS (
       SELECT m.topic, m.partition, m."offset" FROM partitions p, LATERAL (
         SELECT * FROM log_message l WHERE l.topic = p.topic AND l.partition = p.partition
         ORDER BY l."offset" LIMIT $5) m
       WHERE m.published_at < now() - p.longest
         OR (m."offset" < p.read_to AND p.topic <> $2 AND m.published_at < now() - make_interval(days => $6))
         OR m."offset" < p.next_offset - $7
     ), pruned AS (
       DELETE FROM log_message l USING oldest o
       WHERE l.topic = o.topic AND l.partition = o.partition AND l."offset" = o."offset"
       RETURNING l.topic, l.partition, l."offset"
     ), last AS (
       SELECT topic, partition, max("offset") AS "offset", count(*) AS messages FROM pruned GROUP BY topic, partition
     ), locked AS MATERIALIZED (
       -- In the order in which publishers lock them.
       SELECT p.topic, p.partition FROM log_partition p JOIN last l ON l.topic = p.topic AND l.partition = p.partition
       ORDER BY p.topic, p.partition FOR NO KEY UPDATE OF p
     ), moved AS (
       UPDATE log_partition p SET first_offset = l."offset" + 1
       FROM last l JOIN locked k ON k.topic = l.topic AND k.partition = l.partition
       WHERE p.topic = l.topic AND p.partition = l.partition
     )
     SELECT coalesce(sum(messages), 0) AS pruned FROM last`,
    [
      RETENTION_LOCK,
      DEAD_LETTERS,
      rules.keepDeadLettersDays,
      rules.keepDays,
      MAX_PRUNED,
      rules.readDays,
      rules.maxMessages,
    ],
  );
  await pool.query(
    `DELETE FROM log_group_offset WHERE updated_at < now() - make_interval(days => $1)
     AND group_name NOT IN (SELECT group_name FROM log_member WHERE expires_at > now())`,
    [rules.keepDays],
  );
  await pool.query(`DELETE FROM log_member WHERE expires_at < now() - interval '1 minute'`);
  await pool.query(`DELETE FROM log_lease WHERE expires_at < now() - interval '1 hour'`);
  return Number(rows[0]?.pruned ?? 0);
}
