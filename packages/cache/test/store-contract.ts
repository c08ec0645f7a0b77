import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { CacheStore, Fence } from '../src/cache-store.ts';

const unique = () => randomUUID().slice(-12);
const value = (text: string) => Buffer.from(text);

/** What every cache store promises. */
export function itKeepsTheContract(open: () => CacheStore | Promise<CacheStore>): void {
  const fenceOf = async (store: CacheStore, key: string): Promise<Fence> => {
    const found = await store.get(key);
    if ('value' in found || found.fence === undefined) throw new Error(`expected a miss with a fence for ${key}`);
    return found.fence;
  };
  const read = async (store: CacheStore, key: string) => {
    const found = await store.get(key);
    return 'value' in found ? found.value.toString() : undefined;
  };
  const put = async (store: CacheStore, key: string, text: string, tags: readonly string[] = [], ttlMs = 60_000) =>
    store.set(key, value(text), { ttlMs, tags, fence: await fenceOf(store, key) });

  it('gives back what was stored, byte by byte, with its age', async () => {
    const store = await open();
    const key = unique();
    const bytes = Buffer.from([0, 255, 10, 13, 35, 128]);
    expect(await store.set(key, bytes, { ttlMs: 60_000, tags: [], fence: await fenceOf(store, key) })).toBe(true);
    const found = await store.get(key);
    expect(found).toMatchObject({ value: bytes });
    expect('value' in found && found.leftMs + found.ageMs).toBeCloseTo(60_000, -1);
    expect('value' in found && found.ageMs).toBeGreaterThanOrEqual(0);
  });

  it('knows nothing of other keys', async () => {
    const store = await open();
    await put(store, unique(), 'a');
    expect(await read(store, unique())).toBeUndefined();
  });

  it('forgets a value when its time is up, and stores none whose time is up already', async () => {
    const store = await open();
    const key = unique();
    await put(store, key, 'a', [], 30);
    await expect.poll(() => read(store, key)).toBeUndefined();
    expect(await put(store, key, 'b', [], 0)).toBe(false);
  });

  it('replaces a value', async () => {
    const store = await open();
    const key = unique();
    const fence = await fenceOf(store, key);
    await store.set(key, value('a'), { ttlMs: 60_000, tags: [], fence });
    await store.set(key, value('b'), { ttlMs: 60_000, tags: [], fence });
    expect(await read(store, key)).toBe('b');
  });

  it('gives out a value that is past its time for as long as it was told to, and says so', async () => {
    const store = await open();
    const [key, tag] = [unique(), `A:${unique()}`];
    const fence = await fenceOf(store, key);
    await store.set(key, value('a'), { ttlMs: 20, staleMs: 60_000, tags: [tag], note: 'a note', fence });
    const left = async () => Object(await store.get(key)).leftMs;
    expect(await left()).toBeLessThanOrEqual(20);
    await expect.poll(left).toBeLessThan(0);
    const stale = await store.get(key);
    expect(stale).toMatchObject({ value: value('a'), note: 'a note', tags: [tag] });
    expect('value' in stale && stale.ageMs).toBeGreaterThan(20);
    // What a purge takes is no longer given out, stale or not, nor what is made anew under a fence of before.
    await store.purge([tag]);
    expect(await store.set(key, value('b'), { ttlMs: 60_000, tags: [tag], fence: stale.fence ?? '' })).toBe(false);
    expect('value' in (await store.get(key))).toBe(false);
  });

  it('lets a value be replaced under the fence that came with it', async () => {
    const store = await open();
    const key = unique();
    await put(store, key, 'a', ['A:1']);
    const { fence = '' } = await store.get(key);
    expect(await store.set(key, value('b'), { ttlMs: 60_000, tags: ['A:1'], note: '2', fence })).toBe(true);
    expect(await store.get(key)).toMatchObject({ value: value('b'), note: '2' });
  });

  it('finds and stores many at once, in their order', async () => {
    const store = await open();
    const keys = Array.from({ length: 450 }, unique);
    const { fence = '' } = (await store.getMany(keys))[449] ?? {};
    const entries = keys.map((key, index) => ({
      key,
      value: value(String(index)),
      ttlMs: index === 7 ? 0 : 60_000,
      tags: [`N:${index % 2}`],
    }));
    const stored = await store.setMany(fence, entries);
    expect(stored.map((isStored, index) => isStored === (index !== 7))).not.toContain(false);
    const read = async () =>
      (await store.getMany(keys)).map((found) => ('value' in found ? found.value.toString() : undefined));
    expect(await read()).toEqual(keys.map((_, index) => (index === 7 ? undefined : String(index))));
    await store.purge(['N:1']);
    expect(await read()).toEqual(keys.map((_, index) => (index % 2 === 1 ? undefined : String(index))));
    expect(await store.getMany([])).toEqual([]);
    expect(await store.setMany(fence, [])).toEqual([]);
  });

  it('purges what has any of the tags, and nothing else', async () => {
    const store = await open();
    const [one, both, other] = [unique(), unique(), unique()];
    const [ours, theirs] = [`A:${unique()}`, `B:${unique()}`];
    await put(store, one, 'one', [ours]);
    await put(store, both, 'both', [theirs, ours]);
    await put(store, other, 'other', [theirs]);
    await store.purge([ours, `C:${unique()}`]);
    expect(await Promise.all([one, both, other].map((key) => read(store, key)))).toEqual([
      undefined,
      undefined,
      'other',
    ]);
    await store.purge([]);
    expect(await read(store, other)).toBe('other');
  });

  it('serves after a purge what was read after it', async () => {
    const store = await open();
    const [key, tag] = [unique(), `A:${unique()}`];
    await store.purge([tag]);
    expect(await put(store, key, 'new', [tag])).toBe(true);
    expect(await read(store, key)).toBe('new');
  });

  it('refuses what was read before a purge of one of its tags', async () => {
    const store = await open();
    const [key, tag] = [unique(), `A:${unique()}`];
    const fence = await fenceOf(store, key);
    await store.purge([tag]);
    expect(await store.set(key, value('old'), { ttlMs: 60_000, tags: ['B:1', tag], fence })).toBe(false);
    expect(await read(store, key)).toBeUndefined();
    expect(await store.set(key, value('other'), { ttlMs: 60_000, tags: [`C:${unique()}`], fence })).toBe(true);
  });

  it('does not let an older value take the place of a newer one', async () => {
    const store = await open();
    const [key, tag] = [unique(), `A:${unique()}`];
    const early = await fenceOf(store, key);
    await store.purge([tag]);
    await put(store, key, 'new', [tag]);
    await store.set(key, value('old'), { ttlMs: 60_000, tags: [tag], fence: early });
    expect(await read(store, key)).toBe('new');
  });

  it('forgets everything when it is cleared, with what was being read at that time', async () => {
    const store = await open();
    const [before, during] = [unique(), unique()];
    await put(store, before, 'before');
    const fence = await fenceOf(store, during);
    await store.clear();
    expect(await store.set(during, value('during'), { ttlMs: 60_000, tags: [], fence })).toBe(false);
    expect(await read(store, before)).toBeUndefined();
    expect(await put(store, before, 'after')).toBe(true);
    expect(await read(store, before)).toBe('after');
  });

  it('refuses tags that it could not keep apart', async () => {
    const store = await open();
    expect(await put(store, unique(), 'a', ['#generation'])).toBe(false);
    expect(await put(store, unique(), 'a', ['A:1\nB:2'])).toBe(false);
    await store.purge(['#generation', 'A:1\nB:2']);
    expect(store.isReady()).toBe(true);
  });

  it('never shows an old value after its purge, in 10,000 races of readers against a writer', {
    timeout: 120_000,
  }, async () => {
    const store = await open();
    const rounds = 500;
    const readers = 20;
    const keys = Array.from({ length: 7 }, unique);
    const type = `${unique()}:*`;
    const sources = new Map(keys.map((key) => [key, 0]));
    let stale = 0;
    let hits = 0;
    // A reader takes a fence, reads its source, dawdles for some turns of the event loop, and stores.
    const reader = async (key: string, dawdle: number) => {
      const atStart = purged.get(key) ?? 0;
      const found = await store.get(key);
      if ('value' in found) {
        hits++;
        if (Number(found.value.toString()) < atStart) stale++;
        // Some make anew what they have found.
        if (dawdle !== 3) return;
      }
      const seen = sources.get(key) ?? 0;
      for (let turn = 0; turn < dawdle; turn++) await new Promise((wake) => setImmediate(wake));
      if (found.fence !== undefined)
        await store.set(key, value(String(seen)), { ttlMs: 60_000, tags: [key, type], fence: found.fence });
    };
    /** The least value that whoever begins now may be shown. */
    const purged = new Map<string, number>();
    const writer = async (key: string, dawdle: number) => {
      for (let turn = 0; turn < dawdle; turn++) await new Promise((wake) => setImmediate(wake));
      const next = (sources.get(key) ?? 0) + 1;
      sources.set(key, next);
      await store.purge([next % 3 === 0 ? type : key]);
      purged.set(key, Math.max(next, purged.get(key) ?? 0));
    };
    for (let round = 0; round < rounds; round++) {
      const key = keys[round % keys.length] ?? '';
      const racers = Array.from({ length: readers }, (_, index) => reader(key, (index * 7 + round) % 5));
      await Promise.all([...racers, writer(key, round % 4)]);
      await Promise.all([reader(key, 0), reader(key, 0)]);
      await reader(key, 0);
    }
    expect(stale).toBe(0);
    expect(hits).toBeGreaterThan(rounds / 2);
  });
}
