import type { Viewer } from '@entrepot/kernel/viewer';
import { describe, expect, it } from 'vitest';
import { setUp } from './entities.fixture.ts';

const ann: Viewer = { id: 'ann', kind: 'CUSTOMER', roles: [] };
const eve: Viewer = { id: 'eve', kind: 'CUSTOMER', roles: [] };

describe('what the entity cache learns', () => {
  it('does not look for what could not be kept the last time, and keeps it again from the next answer that may be', async () => {
    const { names, state, asked } = setUp({ cacheControl: 'no-store' });
    for (let round = 0; round < 3; round++) await names(['a']);
    state.policy = { cacheControl: 'max-age=60' };
    await names(['a']);
    expect(asked).toHaveLength(4);
    await names(['a']);
    state.version = 2;
    expect(await names(['a'])).toEqual(['a 1']);
    expect(asked).toHaveLength(5);
    state.policy = { cacheControl: 'no-store' };
    expect(await names(['a', 'b'])).toEqual(['a 1', 'b 2']);
    expect(await names(['a'])).toEqual(['a 2']);
  });

  it('keeps nothing of what was asked for before a purge, when that was not yet known to be of use', async () => {
    const { names, state, asked, store } = setUp({ cacheControl: 'no-store' });
    await names(['a']);
    state.policy = { cacheControl: 'max-age=60' };
    const before = names(['a']);
    await expect.poll(() => asked.length).toBe(2);
    await store.purge(['Product:a']);
    await before;
    state.version = 2;
    expect(await names(['a'])).toEqual(['a 2']);
    state.version = 3;
    expect(await names(['a'])).toEqual(['a 2']);
    await store.purge(['Product:a']);
    expect(await names(['a'])).toEqual(['a 3']);
  });

  it('learns of each question on its own, whatever the operation is called, and for each kind of viewer', async () => {
    const { ask, callFor, contextFor, state, asked } = setUp();
    const firsts = [{ query: 'query One{x}' }, { query: 'query Two{x}' }].map((of) => ({ ...of, id: of.query }));
    const other = { query: 'query{y}', id: 'other' };
    const askFor = (of: { query: string; id: string }, viewer?: Viewer) =>
      ask({ ...callFor(['a'], contextFor(viewer)), ...of });
    for (const first of firsts) await askFor(first);
    state.policy = { cacheControl: 'no-store' };
    await askFor(other);
    await askFor(other);
    expect(asked).toHaveLength(3);
    for (const first of firsts) await askFor(first);
    expect(asked).toHaveLength(3);

    state.policy = { cacheControl: 'max-age=60, private' };
    await askFor(other);
    await askFor(other);
    await askFor(other, ann);
    expect(asked).toHaveLength(6);
    await askFor(other, ann);
    await askFor(other, eve);
    expect(asked).toHaveLength(7);
  });
});
