import type { SqlExecutor } from '@entrepot/database/transaction';
import type { OutboxEvent } from './contract.ts';
import { serialise } from './envelope.ts';

/** A broker refuses batches of more than a megabyte: an event that no log takes would hold up all those behind it. */
export const MAX_EVENT_BYTES = 256 * 1024;

/**
 * Writes events beside the change they tell of, in its transaction: both happen or neither. Append while you hold the
 * aggregate's row lock, so that the order of the outbox is the order of the changes. `shard` is that of the aggregate.
 */
export async function appendToOutbox(tx: SqlExecutor, events: readonly OutboxEvent[], shard = 0): Promise<void> {
  await appendSharded(
    tx,
    events.map((event) => ({ shard, event })),
  );
}

/** The same for aggregates of several shards. */
export async function appendSharded(
  tx: SqlExecutor,
  entries: readonly { shard: number; event: OutboxEvent }[],
): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `INSERT INTO outbox (shard, id, topic, key, envelope)
     SELECT * FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[])`,
    [
      entries.map(({ shard }) => shard),
      entries.map(({ event }) => event.uuid),
      entries.map(({ event }) => event.topic),
      entries.map(({ event }) => event.key),
      entries.map(({ event }) => bounded(event)),
    ],
  );
}

function bounded({ envelope }: OutboxEvent): string {
  const text = serialise(envelope);
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_EVENT_BYTES)
    throw new Error(
      `${envelope.type} about ${envelope.subject} has ${bytes} bytes; events have at most ${MAX_EVENT_BYTES}`,
    );
  return text;
}
