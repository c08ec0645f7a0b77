import type { SqlExecutor } from '@entrepot/database/transaction';
import { requireUuid } from '@entrepot/kernel/ids';
import { KEEP_DAYS } from './log.ts';

/**
 * Marks events as handled by a consumer, in the transaction of their effects, and returns the ids of those that were
 * never handled before: for a repeated event the effect must not happen again.
 */
export async function claim(
  tx: SqlExecutor,
  consumer: string,
  events: readonly { id: string; shard?: number }[],
): Promise<Set<string>> {
  if (events.length === 0) return new Set();
  const byUuid = new Map(events.map((event) => [requireUuid('evt', event.id), event]));
  // In one order for everybody: two that claim the same events wait for each other and never deadlock.
  const uuids = [...byUuid.keys()].toSorted();
  const { rows } = await tx.query<{ event_id: string }>(
    `INSERT INTO inbox (shard, consumer, event_id)
     SELECT shard, $1, event_id FROM unnest($2::smallint[], $3::uuid[]) AS given (shard, event_id)
     ON CONFLICT DO NOTHING
     RETURNING event_id`,
    [consumer, uuids.map((uuid) => byUuid.get(uuid)?.shard ?? 0), uuids],
  );
  return new Set(rows.flatMap(({ event_id }) => byUuid.get(event_id)?.id ?? []));
}

const MAX_PRUNED = 5_000;

/** Forgets some of the events that were handled so long ago that no log has them any more; returns how many. */
export async function pruneInbox(on: SqlExecutor): Promise<number> {
  // By time alone, which has an index: those of one moment go together.
  const { rowCount } = await on.query(
    `DELETE FROM inbox WHERE received_at <= (
       SELECT max(received_at) FROM (
         SELECT received_at FROM inbox WHERE received_at < now() - make_interval(days => $1)
         ORDER BY received_at LIMIT $2) AS oldest)`,
    [KEEP_DAYS, MAX_PRUNED],
  );
  return rowCount;
}
