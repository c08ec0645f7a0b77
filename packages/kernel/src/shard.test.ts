import { describe, expect, it } from 'vitest';
import { newShardedUuid, SHARD_COUNT, shardOfCustomer, shardOfUuid } from './shard.ts';
import { newUuid } from './uuid.ts';

describe('a shard', () => {
  // Rows in databases were placed by these numbers: a change here loses them.
  it.each([
    ['01890a5d-ac96-774b-bcce-b302099a8057', 2384],
    ['00000000-0000-7000-8000-000000000000', 1634],
    ['ffffffff-ffff-7fff-bfff-ffffffffffff', 2036],
  ])('of customer %s is and stays %d', (customer, shard) => {
    expect(shardOfCustomer(customer)).toBe(shard);
  });

  it('is read from any id made for it', () => {
    for (const shard of [0, 1, 777, SHARD_COUNT - 1]) expect(shardOfUuid(newShardedUuid(shard))).toBe(shard);
  });

  it('gets its fair part of the customers', () => {
    const counts = new Array<number>(SHARD_COUNT).fill(0);
    const customers = SHARD_COUNT * 32;
    for (let index = 0; index < customers; index++) {
      const shard = shardOfCustomer(newUuid());
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    // Chi-squared over 4095 degrees of freedom has mean 4095 and standard deviation 90: six of them is no accident.
    const chiSquared = counts.reduce((total, count) => total + (count - 32) ** 2 / 32, 0);
    expect(chiSquared).toBeLessThan(4095 + 6 * 90);
  });
});
