import { createMemoryStore } from '@entrepot/cache/memory-store';
import { expect, it } from 'vitest';
import { createFindAtOnce, createFindLater } from './find-at-once.ts';

/** Kept for a second, stale for another; it takes 10 ms to make. */
async function keep() {
  let at = 0;
  const store = createMemoryStore({ now: () => at });
  const { fence = '' } = await store.get('key');
  const value = Buffer.from('value');
  await store.set('key', value, { ttlMs: 1_000, staleMs: 1_000, tags: ['A:1'], note: '10 1000 0', fence });
  return { store, value, find: createFindAtOnce(store), go: (to: number) => (at = to) };
}

it('what is kept here is found at once while it is fresh beyond doubt, and is the very bytes', async () => {
  const { find, value, go } = await keep();
  expect(find?.('key')?.value).toBe(value);
  expect(find?.('other')).toBeUndefined();
  go(799);
  expect(find?.('key')?.value).toBe(value);
  // From here on somebody has to make it anew, sooner or later.
  go(800);
  expect(find?.('key')).toBeUndefined();
  go(1_500);
  expect(find?.('key')).toBeUndefined();
});

it('what was purged is not found', async () => {
  const { find, store } = await keep();
  await store.purge(['A:1']);
  expect(find?.('key')).toBeUndefined();
});

it('nothing is found at once in a store that has to be asked', () => {
  const { getNow, ...store } = createMemoryStore();
  expect(getNow).toBeDefined();
  expect(createFindAtOnce(store)).toBeUndefined();
});

it('nothing is found later in a store that needs not be asked', () => {
  expect(createFindLater(createMemoryStore())).toBeUndefined();
});
