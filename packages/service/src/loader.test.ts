import { describe, expect, it } from 'vitest';
import { byKey, groupedByKey } from './loader.ts';

type Row = { id: string; owner: string };

describe('a loader by key', () => {
  it('asks once for all keys, and gives each its own row or null', async () => {
    const asked: (readonly string[])[] = [];
    const loader = byKey(
      async (keys) => {
        asked.push(keys);
        return [...keys].reverse().flatMap((id): Row[] => (id === 'missing' ? [] : [{ id, owner: 'ann' }]));
      },
      ({ id }) => id,
    );
    const rows = await Promise.all(['a', 'missing', 'b', 'a'].map((key) => loader.load(key)));
    expect(rows.map((row) => row?.id)).toEqual(['a', undefined, 'b', 'a']);
    expect(rows[1]).toBeNull();
    expect(asked).toEqual([['a', 'missing', 'b']]);
  });

  it('asks for at most 1,000 at a time', async () => {
    const sizes: number[] = [];
    const loader = byKey(
      async (keys) => {
        sizes.push(keys.length);
        return keys.map((id): Row => ({ id, owner: 'ann' }));
      },
      ({ id }) => id,
    );
    await Promise.all(Array.from({ length: 2_500 }, (_, index) => loader.load(`k${index}`)));
    expect(sizes).toEqual([1_000, 1_000, 500]);
  });

  it('fails those who asked when the question fails', async () => {
    const loader = byKey<string, Row>(
      () => Promise.reject(new Error('database down')),
      ({ id }) => id,
    );
    await expect(loader.load('a')).rejects.toThrow('database down');
  });
});

it('a loader of groups keeps the order of rows, and gives an empty list for none', async () => {
  const rows: Row[] = ['3', '1', '2'].map((id) => ({ id, owner: 'ann' }));
  const loader = groupedByKey(
    async () => rows,
    ({ owner }) => owner,
  );
  const [ann, bob] = await Promise.all([loader.load('ann'), loader.load('bob')]);
  expect(ann?.map(({ id }) => id)).toEqual(['3', '1', '2']);
  expect(bob).toEqual([]);
});
