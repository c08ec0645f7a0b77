import { requireUuid, typeId } from '@entrepot/kernel/ids';
import { shardOfUuid } from '@entrepot/kernel/shard';

/** Where a row of the orders database lies: the shard comes out of the id, without a look-up. */
export type Key = { readonly shard: number; readonly uuid: string };

export const orderKey = (id: string): Key => keyOf(requireUuid('ord', id));
export const cartKey = (id: string): Key => keyOf(requireUuid('cart', id));
export const paymentKey = (id: string): Key => keyOf(requireUuid('pay', id));

function keyOf(uuid: string): Key {
  return { shard: shardOfUuid(uuid), uuid };
}

/** Two arrays for `unnest`: a set of rows in one statement, whatever its size. */
export function columns(keys: readonly Key[]): [shards: number[], uuids: string[]] {
  return [keys.map(({ shard }) => shard), keys.map(({ uuid }) => uuid)];
}

/**
 * Keys as a table `k(shard, id)` to join with, its parameters first. One key is written as such: PostgreSQL then goes
 * to its one partition, where an array leaves it to look at all eight (0.4 ms instead of 1.5 ms for a whole order).
 */
export function keyTable(keys: readonly Key[]): { from: string; values: unknown[] } {
  const [only, ...others] = keys;
  if (only && others.length === 0)
    return { from: '(SELECT $1::smallint AS shard, $2::uuid AS id) AS k', values: [only.shard, only.uuid] };
  return { from: 'unnest($1::smallint[], $2::uuid[]) AS k(shard, id)', values: columns(keys) };
}

export const orderId = (uuid: string): string => typeId('ord', uuid);
