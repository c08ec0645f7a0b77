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
