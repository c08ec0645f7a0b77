import type { Pool } from 'pg';
import { serialise } from '../envelope.ts';
import type { OutgoingMessage } from '../log.ts';
import { partitionOf } from '../partition.ts';

/** Takes offsets and writes the messages in one statement, and so in one transaction. */
const PUBLISH = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::smallint[], $3::int[], $4::text[], $5::text[]) AS g (topic, partition, place, key, envelope)
), wanted AS (
  SELECT topic, partition, count(*) AS messages FROM given GROUP BY topic, partition
), locked AS MATERIALIZED (
  -- In one order for everybody: two publishers of the same partitions wait for each other and never deadlock.
  SELECT p.topic, p.partition FROM log_partition p JOIN wanted w ON p.topic = w.topic AND p.partition = w.partition
  ORDER BY p.topic, p.partition FOR NO KEY UPDATE OF p
), taken AS (
  UPDATE log_partition p SET next_offset = p.next_offset + w.messages
  FROM wanted w JOIN locked l ON l.topic = w.topic AND l.partition = w.partition
  WHERE p.topic = w.topic AND p.partition = w.partition
  RETURNING p.topic, p.partition, p.next_offset - w.messages AS first
)
INSERT INTO log_message (topic, partition, "offset", key, envelope)
SELECT g.topic, g.partition, t.first + g.place, g.key, g.envelope
FROM given g JOIN taken t ON t.topic = g.topic AND t.partition = g.partition`;

export async function publish(pool: Pool, messages: readonly OutgoingMessage[]): Promise<void> {
  const partitions = messages.map(({ key }) => partitionOf(key));
  const counts = new Map<string, number>();
  const places = messages.map(({ topic }, index) => {
    const slot = `${topic} ${partitions[index]}`;
    const place = counts.get(slot) ?? 0;
    counts.set(slot, place + 1);
    return place;
  });
  const { rowCount } = await pool.query({
    name: 'log-publish',
    text: PUBLISH,
    values: [
      messages.map(({ topic }) => topic),
      partitions,
      places,
      messages.map(({ key }) => key),
      messages.map(({ envelope }) => serialise(envelope)),
    ],
  });
  if (rowCount !== messages.length) throw new Error(`the log took ${rowCount} of ${messages.length} messages`);
}
