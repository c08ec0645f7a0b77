import { startRedis } from '@entrepot/servers/redis';
import { describeWith } from '@entrepot/testing/servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Env, PAGE, startCachedShop } from './cached-shop.ts';
import { codes } from './fixture.ts';

/** What the response cache promises, whatever keeps its answers. */
function itCaches(env: () => Env): void {
  const start = (more: Env = {}) => startCachedShop({ ...env(), ...more });

  it('answers a second time without its subgraphs, with the same answer', async () => {
    const { ask, calls, metric } = await start();
    const first = await ask(PAGE, { id: '1' });
    expect(await calls(async () => expect((await ask(PAGE, { id: '1' })).data).toEqual(first.data))).toBe(0);
    expect(await calls(() => ask(PAGE, { id: '2' }))).toBe(2);
    expect(await metric('cache_requests_total', { outcome: 'hit' })).toBe(1);
  });

  it('takes variables by their value, and operation and document as they are', async () => {
    const { ask, calls } = await start();
    const query = 'query A($id: ID!, $n: Boolean = true) { product(id: $id) { name @include(if: $n) price } }';
    await ask(query, { id: '1', n: false });
    expect(await calls(() => ask(query, { n: false, id: '1' }))).toBe(0);
    expect((await ask(query, { id: '1' })).data).toEqual({ product: { name: 'Thing 1', price: 10 } });
    expect((await ask(query, { id: '1', n: false })).data).toEqual({ product: { price: 10 } });
  });

  it.each([
    ['a mutation', 'mutation { touch }'],
    ['an answer of which a part says no-store', '{ product(id: "1") { name wishes } }'],
    ['an answer of which a part says nothing', '{ now }'],
    ['an answer with an error', '{ product(id: "1") { name } boom }'],
  ])('keeps nothing of %s', async (_, query) => {
    const { ask, calls } = await start();
    await ask(query);
    // What may be kept of its parts is kept by itself.
    for (let round = 0; round < 2; round++) expect(await calls(() => ask(query))).toBeGreaterThan(0);
  });

  it('keeps nothing with an error even when its subgraph calls it public', async () => {
    const { ask, goods } = await start();
    goods.fault = (response) => {
      response.setHeader('cache-control', 'max-age=60, public');
      response.end(
        '{"data":{"product":null},"errors":[{"message":"no","path":["product"],"extensions":{"code":"FLAKY"}}]}',
      );
    };
    expect(codes(await ask('{ product(id: "1") { name } }'))).toEqual(['FLAKY']);
    goods.fault = undefined;
    expect((await ask('{ product(id: "1") { name } }')).data).toEqual({ product: { name: 'Thing 1' } });
  });

  it('shares what is public among shoppers, and keeps what is private for its viewer', async () => {
    const { ask, as, calls } = await start();
    const [ann, eve] = [await as('ann'), await as('eve')];
    await ask(PAGE, { id: '1' }, ann);
    for (const who of [ann, eve, {}]) expect(await calls(() => ask(PAGE, { id: '1' }, who))).toBe(0);
    const mine = '{ product(id: "1") { name seenBy } }';
    const seenBy = async (who: Env) => (await ask<{ product: { seenBy: string } }>(mine, {}, who)).data?.product.seenBy;
    for (let round = 0; round < 2; round++)
      expect([await seenBy(ann), await seenBy(eve), await seenBy({})]).toEqual(['ann', 'eve', null]);
    expect(await calls(() => seenBy(ann))).toBe(0);
    // Nobody in particular has nothing of their own to keep, but what is everybody's of it is there.
    expect(await calls(() => seenBy({}))).toBe(1);
  });

  it('keeps viewers with roles apart from everybody, and from themselves with other roles', async () => {
    const { ask, as, calls } = await start();
    const [clerk, demoted] = [await as('kim', ['ADMIN']), await as('kim')];
    await ask(PAGE, { id: '1' });
    expect(await calls(() => ask(PAGE, { id: '1' }, clerk))).toBe(2);
    expect(await calls(() => ask(PAGE, { id: '1' }, clerk))).toBe(0);
    await ask(PAGE, { id: '2' }, clerk);
    expect(await calls(() => ask(PAGE, { id: '2' }))).toBe(2);
    const secret = async (who: Env) =>
      (await ask<{ me: { secret: string } }>('{ me { id secret } }', {}, who)).data?.me.secret;
    expect([await secret(clerk), await secret(demoted), await secret(clerk)]).toEqual([
      'kim ADMIN',
      'kim ',
      'kim ADMIN',
    ]);
  });

  it('shows a viewer their own change at once', async () => {
    const { ask, as, calls } = await start();
    const ann = await as('ann');
    const me = () => ask('{ me { id secret } }', {}, ann);
    await me();
    for (let round = 0; round < 2; round++) {
      for (let time = 0; time < 3; time++) expect(await calls(me)).toBe(0);
      await ask('mutation { touch }', {}, ann);
      expect(await calls(me)).toBe(1);
    }
  });

  it('lets 300 who want the same at the same time ask once', async () => {
    const { ask, calls } = await start();
    const everybody = () => Promise.all(Array.from({ length: 300 }, () => ask(PAGE, { id: '1' })));
    let answers: Awaited<ReturnType<typeof everybody>> = [];
    expect(await calls(async () => (answers = await everybody()))).toBeLessThanOrEqual(4);
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
  });

  it('never shows one viewer what was made for another, whatever they ask and how it mixes', {
    timeout: 60_000,
  }, async () => {
    const { ask, as } = await start();
    const roles = [[], [], ['ADMIN'], ['ORDER_MANAGER', 'CATALOGUE_MANAGER']];
    const people = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const mine = roles[index % roles.length] ?? [];
        return { id: `usr_${index}`, roles: mine, headers: await as(`usr_${index}`, mine) };
      }),
    );
    const everybody = [...people, { id: null, roles: [], headers: {} }];
    type Seen = { me?: { id: string; secret: string } | null; product?: { seenBy?: string | null } };
    const queries = [
      '{ me { id secret } }',
      '{ product(id: "1") { name price seenBy } }',
      'query Both { me { id secret } product(id: "1") { seenBy } }',
      'query ($yes: Boolean!) { product(id: "1") { name seenBy @include(if: $yes) } me @include(if: $yes) { id secret } }',
      '{ product(id: "1") { name price } }',
    ];
    let seed = 20_261_124;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    const wrong: unknown[] = [];
    for (let round = 0; round < 40; round++) {
      await Promise.all(
        Array.from({ length: 25 }, async () => {
          const person = everybody[random(everybody.length)];
          const query = queries[random(queries.length)];
          if (!person || !query) return;
          const { data, errors } = await ask<Seen>(query, { yes: random(2) === 0 }, person.headers);
          const secret = person.id === null ? undefined : `${person.id} ${person.roles.join('+')}`;
          const isMine =
            (data?.me?.id ?? person.id) === person.id &&
            (data?.me?.secret ?? secret) === secret &&
            (data?.product?.seenBy ?? person.id) === person.id;
          if (errors || !isMine) wrong.push({ person, query, data, errors });
        }),
      );
    }
    expect(wrong).toEqual([]);
  });
}

describe('the response cache in this process', () => {
  itCaches(() => ({}));
});

describeWith('redis', 'the response cache in Redis', (url) => {
  // Tests share the server; their answers they do not share, because each has a supergraph of its own (by its ports).
  // The time limit is that of a machine which runs everything else at the same time.
  itCaches(() => ({ REDIS_URL: url, REDIS_TIMEOUT_MS: '2000' }));

  it('is done without when Redis dies, without a failure', async () => {
    const server = await startRedis();
    if ('unavailable' in server) throw new Error(server.unavailable);
    onTestFinished(() => server.stop());
    const { ask, metric } = await startCachedShop({ REDIS_URL: server.url });
    await ask(PAGE, { id: '1' });
    await server.stop();
    for (let round = 0; round < 20; round++) expect((await ask(PAGE, { id: '1' })).errors).toBeUndefined();
    expect(await metric('cache_requests_total', { outcome: 'bypass' })).toBeGreaterThan(0);
    expect(await metric('cache_ready')).toBe(0);
  });
});
