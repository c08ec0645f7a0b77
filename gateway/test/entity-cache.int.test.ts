import { startRedis } from '@entrepot/servers/redis';
import { describeWith } from '@entrepot/testing/servers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Env, startCachedShop } from './cached-shop.ts';
import { codes } from './fixture.ts';

const CARD = 'query Card($id: ID!) { product(id: $id) { name maker } }';
const LIST = '{ products { id maker } }';

function itKeepsEntities(env: () => Env): void {
  const start = (more: Env = {}) => startCachedShop({ ...env(), ...more });

  it('asks a subgraph only for the entities that no other answer has brought', async () => {
    const { ask, people, metric } = await start();
    expect((await ask(CARD, { id: '1' })).data).toEqual({ product: { name: 'Thing 1', maker: 'Maker of 1' } });
    const before = people.requests.length;
    const other = 'query Other($id: ID!) { product(id: $id) { price maker } }';
    expect((await ask(other, { id: '1' })).data).toEqual({ product: { price: 10, maker: 'Maker of 1' } });
    expect(people.requests.length - before).toBe(0);
    expect((await ask(LIST)).data).toEqual({
      products: [
        { id: '1', maker: 'Maker of 1' },
        { id: '2', maker: 'Maker of 2' },
      ],
    });
    expect(people.requests.length - before).toBe(1);
    expect(await metric('cache_entities_total', { outcome: 'hit' })).toBeGreaterThanOrEqual(2);
  });

  it('keeps nothing beyond its parts’ time and audience, whichever answer they come by', async () => {
    const { ask, as, calls } = await start();
    const [ann, eve] = [await as('ann'), await as('eve')];
    const mine = (more: string) => `{ product(id: "1") { name seenBy ${more} } }`;
    const seenBy = async (who: Env, more = '') =>
      (await ask<{ product: { seenBy: string } }>(mine(more), {}, who)).data?.product.seenBy;
    expect(await seenBy(ann)).toBe('ann');
    expect(await seenBy(ann, 'price')).toBe('ann');
    expect(await calls(() => seenBy(ann, 'price'))).toBe(0);
    expect([await seenBy(eve), await seenBy(eve, 'price'), await seenBy(ann)]).toEqual(['eve', 'eve', 'ann']);
  });

  it('is switched off by ENTITY_CACHE', async () => {
    const { ask, people } = await start({ ENTITY_CACHE: 'false' });
    await ask(CARD, { id: '1' });
    await ask('{ product(id: "1") { price maker } }');
    expect(people.requests).toHaveLength(2);
  });

  it('answers with what it has, when the subgraph of the rest is gone', async () => {
    const { ask, people } = await start();
    await ask(CARD, { id: '1' });
    await people.stop();
    const answer = await ask(LIST);
    expect(answer.data).toEqual({
      products: [
        { id: '1', maker: 'Maker of 1' },
        { id: '2', maker: null },
      ],
    });
    expect(codes(answer)).toEqual(['UNAVAILABLE']);
    expect((await ask('{ product(id: "1") { price maker } }')).errors).toBeUndefined();
  });
}

describe('entities in this process', () => {
  itKeepsEntities(() => ({}));

  it('shows none of 200 viewers what is another’s, whatever they ask', async () => {
    const { ask, as, metric } = await startCachedShop({});
    const seed = 20_261_126;
    let state = seed;
    const random = (below: number) => {
      state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
      return Math.floor((state / 4_294_967_296) * below);
    };
    const roles = [[], [], [], ['ADMIN'], ['ORDER_MANAGER'], ['CATALOGUE_MANAGER', 'ORDER_MANAGER']];
    const viewers = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const own = roles[random(roles.length)] ?? [];
        return { id: `usr_${index}`, roles: own, headers: await as(`usr_${index}`, own) };
      }),
    );
    const everybody = [...viewers, { id: null, roles: [], headers: {} }];
    const fields = ['name', 'price', 'seenBy', 'maker', 'wishes', 'id'];
    const selection = () =>
      [...new Set(['id', ...Array.from({ length: 4 }, () => fields[random(fields.length)])])].join(' ');
    const parts = [
      () => 'me { id secret }',
      () => `product(id: "${1 + random(2)}") { ${selection()} }`,
      () => `products { ${selection()} }`,
      () => `product(id: "${1 + random(2)}") { seenBy }`,
    ];
    const query = () => [...new Set([0, 1].map(() => random(parts.length)))].map((part) => parts[part]?.());
    const wrong: unknown[] = [];
    for (let round = 0; round < 25; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          // Few ask often, so that there is something to be found.
          const person = everybody[random(2) === 0 ? random(everybody.length) : random(5)];
          const asked = query().map((part, index) => (part?.startsWith('product(') ? `p${index}: ${part}` : part));
          if (!person) return;
          const { data, errors } = await ask<Record<string, unknown>>(`{ ${asked.join(' ')} }`, {}, person.headers);
          const texts = JSON.stringify(data);
          const seen = [...texts.matchAll(/"(?:seenBy|secret)":"(usr_\d+)/g)].map(([, id]) => id);
          const secrets = [...texts.matchAll(/"secret":"(.*?)"/g)].map(([, secret]) => secret);
          const isRight =
            seen.every((id) => id === person.id) &&
            secrets.every((one) => one === `${person.id} ${person.roles.join('+')}`);
          if (errors || !isRight) wrong.push({ person: person.id, asked, data, errors });
        }),
      );
    }
    console.info(`seed ${seed}: ${await metric('cache_entities_total', { outcome: 'hit' })} entities were found`);
    expect(wrong).toEqual([]);
    expect(await metric('cache_entities_total', { outcome: 'hit' })).toBeGreaterThan(0);
    expect(await metric('cache_requests_total', { outcome: 'hit' })).toBeGreaterThan(0);
  });
});

describeWith('redis', 'entities in Redis', (url) => {
  itKeepsEntities(() => ({ REDIS_URL: url, REDIS_TIMEOUT_MS: '2000' }));

  it('are done without when Redis hangs', async () => {
    const server = await startRedis();
    if ('unavailable' in server) throw new Error(server.unavailable);
    onTestFinished(() => server.stop());
    const { ask } = await startCachedShop({ REDIS_URL: server.url });
    await ask(CARD, { id: '1' });
    process.kill(server.pid, 'SIGSTOP');
    onTestFinished(() => void process.kill(server.pid, 'SIGCONT'));
    for (let round = 0; round < 20; round++) {
      const { data, errors } = await ask(CARD, { id: '1' });
      expect([data, errors]).toEqual([{ product: { name: 'Thing 1', maker: 'Maker of 1' } }, undefined]);
    }
  });
});
