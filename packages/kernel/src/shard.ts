import { newUuid, randAOf } from './uuid.ts';

/** How many logical shards there are; a power of two, so that the 12 rand_a bits of a UUIDv7 name one. */
export const SHARD_COUNT = 4096;

/** The shard of a customer and of everything that is theirs: FNV-1a over the id's random half. Never change it: rows live by it. */
export function shardOfCustomer(customerUuid: string): number {
  let hash = 0x811c9dc5;
  for (let index = 19; index < customerUuid.length; index++) {
    hash = Math.imul(hash ^ customerUuid.charCodeAt(index), 0x01000193);
  }
  return (hash ^ (hash >>> 12)) & (SHARD_COUNT - 1);
}

/** A UUIDv7 that tells its shard. */
export function newShardedUuid(shard: number, now: Date = new Date()): string {
  return newUuid(now, shard);
}

/** The shard that `newShardedUuid` put into an id: any such id tells where its row is, without a look-up. */
export function shardOfUuid(uuid: string): number {
  return randAOf(uuid);
}
