import { withTransaction } from '@entrepot/database/transaction';
import type { Pool } from 'pg';
import { PARTITIONS } from '../log.ts';

/** Any number; it only has to be the same for everyone who makes these tables. */
const BOOTSTRAP_LOCK = 7_318_001;

/**
 * The table log's own tables; it is infrastructure like a Kafka broker, so they are no part of any Prisma schema.
 * `log_partition.next_offset` is bumped by every publisher under its row lock, which is held to the commit: offsets become
 * visible in their order and without gaps, so a reader can never step over a message that is still being committed.
 */
const TABLES = `
CREATE TABLE IF NOT EXISTS log_partition (
  topic text COLLATE "C" NOT NULL, partition smallint NOT NULL,
  first_offset bigint NOT NULL DEFAULT 0, next_offset bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS log_message (
  topic text COLLATE "C" NOT NULL, partition smallint NOT NULL, "offset" bigint NOT NULL,
  key text NOT NULL, envelope text NOT NULL, published_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (topic, partition, "offset")
);
CREATE TABLE IF NOT EXISTS log_group_offset (
  group_name text COLLATE "C" NOT NULL, topic text COLLATE "C" NOT NULL, partition smallint NOT NULL,
  next_offset bigint NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (group_name, topic, partition)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS log_member (
  group_name text COLLATE "C" NOT NULL, member uuid NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (group_name, member)
) WITH (fillfactor = 50);
CREATE TABLE IF NOT EXISTS log_lease (
  group_name text COLLATE "C" NOT NULL, topic text COLLATE "C" NOT NULL, partition smallint NOT NULL,
  holder uuid NOT NULL, expires_at timestamptz NOT NULL,
  PRIMARY KEY (group_name, topic, partition)
) WITH (fillfactor = 50);
`;

/** Makes the tables where they are missing; several processes may do so at once. */
export async function createTables(pool: Pool): Promise<void> {
  await withTransaction(pool, async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [BOOTSTRAP_LOCK]);
    for (const statement of TABLES.split(';').filter((text) => text.trim() !== '')) await tx.query(statement);
  });
}

/** Makes the partitions of topics that are new. */
export async function createPartitions(pool: Pool, topics: readonly string[]): Promise<void> {
  await pool.query(
    `INSERT INTO log_partition (topic, partition)
     SELECT topic, partition FROM unnest($1::text[]) AS topic, generate_series(0, $2 - 1) AS partition
     ORDER BY topic, partition
     ON CONFLICT DO NOTHING`,
    [topics, PARTITIONS],
  );
}
