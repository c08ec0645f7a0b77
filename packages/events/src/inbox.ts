import type { SqlExecutor } from '@entrepot/database/transaction';
import { requireUuid } from '@entrepot/kernel/ids';

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
  const uuids = [...byUuid.keys()];
  const { rows } = await tx.query<{ event_id: string }>(
    `INSERT INTO inbox (shard, consumer, event_id)
     SELECT shard, $1, event_id FROM unnest($2::smallint[], $3::uuid[]) AS given (shard, event_id)
     ON CONFLICT DO NOTHING
     RETURNING event_id`,
    [consumer, uuids.map((uuid) => byUuid.get(uuid)?.shard ?? 0), uuids],
  );
  return new Set(rows.flatMap(({ event_id }) => byUuid.get(event_id)?.id ?? []));
}

/** An event is not repeated after so long: logs keep less. */
const KEEP_DAYS = 7;
const MAX_PRUNED = 5_000;

/** Forgets some of the events handled long ago; returns how many. */
export async function pruneInbox(on: SqlExecutor): Promise<number> {
  const { rowCount } = await on.query(
    `DELETE FROM inbox WHERE (shard, consumer, event_id) IN (
       SELECT shard, consumer, event_id FROM inbox WHERE received_at < now() - make_interval(days => $1) LIMIT $2)`,
    [KEEP_DAYS, MAX_PRUNED],
  );
  return rowCount;
}
