import { newUuid, typeId } from '@entrepot/kernel/ids';
import { expect, it } from 'vitest';
import { PARTITIONS } from './log.ts';
import { partitionOf } from './partition.ts';

it('puts a key into one partition for ever', () => {
  // Changing these would tear the events of a key apart.
  expect(['', 'a', 'ord_01jqz', 'käse 🧀'].map(partitionOf)).toEqual([2, 2, 3, 5]);
});

it('spreads ids evenly', () => {
  const counts = Array.from({ length: PARTITIONS }, () => 0);
  for (let made = 0; made < 6_000; made++) {
    const partition = partitionOf(typeId('ord', newUuid()));
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(200);
});
