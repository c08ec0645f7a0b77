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

export const orderId = (uuid: string): string => typeId('ord', uuid);
