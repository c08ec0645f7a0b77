import type { Viewer } from '@entrepot/kernel/viewer';
import { describe, expect, it } from 'vitest';
import { createRequestContext } from '../execute/request-context.ts';
import { setUp } from './entities.fixture.ts';

const ann: Viewer = { id: 'ann', kind: 'CUSTOMER', roles: [] };
const eve: Viewer = { id: 'eve', kind: 'CUSTOMER', roles: [] };
const clerk: Viewer = { id: 'kim', kind: 'CUSTOMER', roles: ['ADMIN'] };

describe('the entity cache', () => {
  it('asks only for what is missing, and answers in order', async () => {
    const { names, asked } = setUp();
    expect(await names(['a', 'c'])).toEqual(['a 1', 'c 1']);
    expect(await names(['d', 'a', 'b', 'c'])).toEqual(['d 1', 'a 1', 'b 1', 'c 1']);
    expect(await names(['a', 'b', 'c', 'd'])).toEqual(['a 1', 'b 1', 'c 1', 'd 1']);
    expect(asked).toEqual([
      ['a', 'c'],
      ['d', 'b'],
    ]);
  });

  it('gives every request objects of its own', async () => {
    const { ask, callFor } = setUp();
    await ask(callFor(['a']));
    const [one, two] = await Promise.all([ask(callFor(['a'])), ask(callFor(['a']))]);
    expect(one.data).toEqual(two.data);
    expect(Object(one.data)._entities[0]).not.toBe(Object(two.data)._entities[0]);
  });

  it('tells the answer’s policy of a hit what it told of the miss, with the time that is left', async () => {
    const { ask, callFor, contextFor, pass } = setUp({ cacheTags: ['Product:a'] });
    await ask(callFor(['a']));
    pass(20_000);
    const context = contextFor();
    await ask(callFor(['a'], context));
    expect(context.policy.verdict(true)).toMatchObject({
      kind: 'public',
      maxAgeMs: 40_000,
      tags: ['Product:a', 'Product:*'],
    });
  });

  it.each([
    ['its own tags, where the subgraph tells them', { cacheTags: ['A:1', 'B:1'], entityCacheTags: [['A:1'], ['B:1']] }],
    ['its type and id, where the subgraph tells none', {}],
  ])('purges an entity by %s, and no other', async (_, tags) => {
    const { names, store, asked } = setUp(tags);
    await names(['1', '2']);
    await store.purge(['A:1', 'Product:1']);
    await names(['1', '2']);
    expect(asked).toEqual([['1', '2'], ['1']]);
    await store.purge(['A:*', 'B:*', 'Product:*']);
    await names(['1', '2']);
    expect(asked).toHaveLength(3);
  });

  it('purges by the tags of the whole answer, where the subgraph tells no others', async () => {
    const { names, store, asked } = setUp({ cacheTags: ['Product:1', 'Product:2', 'Seller:9'] });
    await names(['1', '2']);
    await store.purge(['Seller:9']);
    await names(['2']);
    expect(asked).toHaveLength(2);
  });

  it('keeps nothing of what has errors, may not be kept, or has tags that nobody can read', async () => {
    for (const policy of [
      { cacheControl: 'no-store' },
      { cacheControl: undefined },
      { cacheTags: 'x' },
      { entityCacheTags: [['a']] },
    ]) {
      const { names, asked } = setUp(policy);
      for (let round = 0; round < 2; round++) await names(['a', 'b']);
      expect(asked).toHaveLength(2);
    }
    const { names, asked, state } = setUp();
    state.fault = { data: { _entities: [null] }, errors: [{ message: 'no', extensions: { code: 'FLAKY' } }] };
    await names(['a']);
    state.fault = undefined;
    expect(await names(['a'])).toEqual(['a 1']);
    expect(asked).toHaveLength(2);
  });

  it('keeps what is private for its viewer, and shares nothing with those who have a role', async () => {
    const own = setUp({ cacheControl: 'max-age=60, private' });
    await own.names(['a'], ann);
    own.state.version = 2;
    expect([await own.names(['a'], ann), await own.names(['a'], eve), await own.names(['a'])]).toEqual([
      ['a 1'],
      ['a 2'],
      ['a 2'],
    ]);
    const context = own.contextFor(ann);
    await own.ask(own.callFor(['a'], context));
    expect(context.policy.verdict(true).kind).toBe('private');

    const shared = setUp();
    await shared.names(['a'], clerk);
    shared.state.version = 2;
    expect([await shared.names(['a'], ann), await shared.names(['a'], clerk)]).toEqual([['a 2'], ['a 2']]);
    shared.state.version = 3;
    expect([await shared.names(['a'], eve), await shared.names(['a'], clerk)]).toEqual([['a 2'], ['a 3']]);
  });

  it('asks once for what many want at the same time', async () => {
    const { names, asked } = setUp();
    await names(['x']);
    const all = await Promise.all(
      Array.from({ length: 1_000 }, (_, index) => names(index % 2 ? ['a', 'b'] : ['b', 'c'])),
    );
    expect(new Set(all.map((each) => each.join()))).toEqual(new Set(['a 1,b 1', 'b 1,c 1']));
    expect(asked.slice(1).flat().sort()).toEqual(['a', 'b', 'c']);
  });

  it('does not let those who come after a purge fly with those who came before it', async () => {
    const { names, store, state, asked } = setUp();
    await names(['x']);
    const before = names(['a']);
    await expect.poll(() => asked.length).toBe(2);
    await store.purge(['Product:a']);
    const after = names(['a']);
    state.version = 2;
    await Promise.all([before, after]);
    expect(asked.slice(1)).toEqual([['a'], ['a']]);
  });

  it('remembers for a short time that something does not exist, and keeps no answer for longer', async () => {
    const { ask, callFor, contextFor, names, pass, asked } = setUp({ cacheTags: [] });
    const context = contextFor();
    await ask(callFor(['gone', 'a'], context));
    expect(context.policy.verdict(true)).toMatchObject({ maxAgeMs: 10_000 });
    expect(await names(['gone', 'a'])).toEqual([null, 'a 1']);
    pass(10_001);
    await names(['gone', 'a']);
    expect(asked).toEqual([['gone', 'a'], ['gone']]);
  });

  it('puts errors where they belong among what was kept', async () => {
    const { ask, callFor, names, state } = setUp();
    await names(['b']);
    const error = { message: 'no', path: ['_entities', 1, 'name'], extensions: { code: 'FLAKY' } };
    state.fault = { data: { _entities: [{ id: 'a' }, null] }, errors: [error] };
    expect(await ask(callFor(['a', 'b', 'c']))).toEqual({
      data: { _entities: [{ id: 'a' }, { id: 'b', name: 'b 1' }, null] },
      errors: [{ ...error, path: ['_entities', 2, 'name'] }],
    });
  });

  it('gives what it has when the subgraph is out of reach, with the error for the rest', async () => {
    const { ask, callFor, names, state } = setUp();
    await names(['b']);
    const errors = [{ message: 'no', path: [], extensions: { code: 'UNAVAILABLE' } }];
    state.fault = { data: null, errors };
    expect(await ask(callFor(['a', 'b']))).toEqual({ data: { _entities: [null, { id: 'b', name: 'b 1' }] }, errors });
  });

  it('serves what is past its time while it makes it anew once, and lets no answer with it be kept', async () => {
    const { ask, callFor, contextFor, names, state, asked, pass } = setUp({
      cacheControl: 'max-age=60, stale-while-revalidate=30',
    });
    await names(['a']);
    state.version = 2;
    pass(61_000);
    const context = contextFor();
    expect(Object((await ask(callFor(['a'], context))).data)._entities[0].name).toBe('a 1');
    expect(context.policy.verdict(true)).toEqual({ kind: 'unavailable', isOutage: false });
    await names(['a']);
    await expect.poll(() => names(['a'])).toEqual(['a 2']);
    expect(asked).toHaveLength(2);
    pass(60_000 + 30_001);
    state.version = 3;
    expect(await names(['a'])).toEqual(['a 3']);
  });

  it('serves nothing stale that was purged', async () => {
    const { names, state, pass, store } = setUp({
      cacheControl: 'max-age=60, stale-while-revalidate=30, stale-if-error=600',
    });
    await names(['a']);
    pass(61_000);
    await store.purge(['Product:a']);
    state.version = 2;
    expect(await names(['a'])).toEqual(['a 2']);
    state.fault = { data: null, errors: [{ message: 'no', path: [], extensions: { code: 'TIMEOUT' } }] };
    await store.purge(['Product:a']);
    expect(await names(['a'])).toEqual([]);
  });

  it('serves what is past its time when the subgraph is out of reach, where it allows that', async () => {
    const { ask, callFor, contextFor, names, state, pass } = setUp({ cacheControl: 'max-age=60, stale-if-error=600' });
    await names(['a']);
    state.fault = { data: null, errors: [{ message: 'no', path: [], extensions: { code: 'UNAVAILABLE' } }] };
    pass(600_000);
    const context = contextFor();
    expect(await ask(callFor(['a'], context))).toEqual({ data: { _entities: [{ id: 'a', name: 'a 1' }] }, errors: [] });
    expect(context.policy.verdict(true)).toEqual({ kind: 'unavailable', isOutage: true });
    pass(61_000);
    expect(await names(['a'])).toEqual([]);
  });

  it('uses parts of before for a new answer only while most of their time is left', async () => {
    const { ask, callFor, contextFor, names, pass, asked } = setUp();
    await names(['a']);
    pass(20_000);
    await ask(callFor(['a'], contextFor(undefined, true)));
    expect(asked).toHaveLength(1);
    pass(11_000);
    await ask(callFor(['a'], contextFor(undefined, true)));
    expect(asked).toHaveLength(2);
  });

  it('is not asked for mutations, nor where the audience is not known', async () => {
    const { ask, callFor, contextFor, asked } = setUp();
    const mutation = contextFor();
    mutation.known.isMutation = true;
    const unknown = createRequestContext({ viewer: undefined, authorization: 'x' }, Date.now() + 1_000);
    for (let round = 0; round < 2; round++)
      for (const context of [mutation, unknown]) await ask(callFor(['a'], context));
    expect(asked).toHaveLength(4);
  });
});
