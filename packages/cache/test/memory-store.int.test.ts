import { describe, expect, it, onTestFinished } from 'vitest';
import { createMemoryStore } from '../src/memory-store.ts';
import { itKeepsTheContract } from './store-contract.ts';

describe('the store in memory', () => {
  itKeepsTheContract(() => {
    const store = createMemoryStore();
    onTestFinished(() => store.close());
    return store;
  });
});

const put = async (store: ReturnType<typeof createMemoryStore>, key: string, bytes: number, tags: string[] = []) => {
  const { fence = '' } = Object(await store.get(key));
  return store.set(key, Buffer.alloc(bytes), { ttlMs: 1_000, tags, fence });
};

it('keeps to its size: what was used least lately leaves first', async () => {
  const store = createMemoryStore({ maxBytes: 100_000 });
  for (const key of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) expect(await put(store, key, 11_000)).toBe(true);
  await store.get('a');
  await put(store, 'i', 11_000);
  expect('value' in (await store.get('a'))).toBe(true);
  expect('value' in (await store.get('b'))).toBe(false);
});

it('refuses a value that would push everything else out', async () => {
  expect(await put(createMemoryStore({ maxBytes: 100_000 }), 'a', 50_000)).toBe(false);
});

it('expires by its own clock', async () => {
  let at = 0;
  const store = createMemoryStore({ now: () => at });
  await put(store, 'a', 10);
  at = 400;
  expect(await store.get('a')).toMatchObject({ ageMs: 400, leftMs: 600 });
  at = 1_000;
  expect('value' in (await store.get('a'))).toBe(false);
});

it('rather forgets a value than a purge', async () => {
  const store = createMemoryStore({ maxPurgedTags: 10 });
  await put(store, 'old', 10, ['Old:1']);
  const { fence = '' } = Object(await store.get('slow'));
  await store.purge(['Slow:1']);
  for (let tag = 0; tag < 20; tag++) await store.purge([`Other:${tag}`]);
  expect(await store.set('slow', Buffer.from('x'), { ttlMs: 1_000, tags: ['Slow:1'], fence })).toBe(false);
  expect('value' in (await store.get('old'))).toBe(false);
  expect(await put(store, 'new', 10, ['Old:1'])).toBe(true);
  expect('value' in (await store.get('new'))).toBe(true);
});
