import { randomBytes } from 'node:crypto';
import { describeWith } from '@entrepot/testing/servers';
import { describe, expect, it } from 'vitest';
import { compose, type Scope, startSubgraph, startTestGateway } from './fixture.ts';

type Env = Record<string, string>;
const CREDENTIAL = randomBytes(24).toString('hex');
const keep = (scope: Scope) => {
  scope.cacheControl = 'max-age=60, public';
};

const GOODS = `
  type Query {
    product(id: ID!): Product @federation__cacheTag(format: "product-{$args.id}")
    products: [Product!]! @federation__cacheTag(format: "products")
    gone(id: ID!): Product @federation__cacheTag(format: "gone-{$args.sku}")
  }
  type Product @key(fields: "id") { id: ID! name: String }
`;
const REVIEWS = `
  type Query { lastReview: Review }
  type Review { id: ID! product: Product }
  type Product @key(fields: "id") @federation__cacheTag(format: "reviews-{$key.id}") { id: ID! stars: Int }
`;

const ONE = '{ product(id: "1") { name } }';
const STARS = '{ product(id: "1") { name stars } }';

/** Two subgraphs that tell no tags themselves. */
async function start(env: Env) {
  const product = (id: string) => ({ id, name: `Thing ${id}` });
  const goods = await startSubgraph('goods', GOODS, {
    Query: {
      product: (_, { id }, scope) => {
        keep(scope);
        return product(id);
      },
      products: (_, __, scope) => {
        keep(scope);
        return ['1', '2'].map(product);
      },
    },
    Product: {
      __resolveReference: (reference, scope) => {
        keep(Object(scope));
        return product(reference.id);
      },
    },
  });
  const reviews = await startSubgraph('reviews', REVIEWS, {
    Query: {
      lastReview: (_, __, scope) => {
        keep(scope);
        return { id: 'r', product: { id: '2' } };
      },
    },
    Product: {
      __resolveReference: (reference) => reference,
      stars: (_, __, scope) => {
        keep(scope);
        return 5;
      },
    },
  });
  const gateway = await startTestGateway(compose(goods, reviews), { CACHE_PURGE_CREDENTIAL: CREDENTIAL, ...env });
  await expect.poll(() => gateway.metric('cache_ready')).toBe(1);
  const purge = async (body: object) => {
    const headers = { authorization: `Bearer ${CREDENTIAL}` };
    const response = await fetch(`${gateway.url}/cache/purge`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
  };
  const calls = async (act: () => Promise<unknown>) => {
    const before = [goods.requests.length, reviews.requests.length];
    await act();
    return [goods.requests.length - (before[0] ?? 0), reviews.requests.length - (before[1] ?? 0)];
  };
  return { ...gateway, purge, calls };
}

function itPurgesByTag(env: () => Env): void {
  const LIST = '{ products { name stars } }';
  const LAST = '{ lastReview { product { name } } }';

  it('the whole answers and the entities that @cacheTag names', async () => {
    const { ask, purge, calls } = await start(env());
    const all = async () => {
      const counts: number[][] = [];
      for (const query of [ONE, STARS, LIST, LAST]) counts.push(await calls(() => ask(query)));
      return counts;
    };
    await all();
    expect(await all()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    await purge({ tags: ['product-1'] });
    expect(await all()).toEqual([
      [1, 0],
      [1, 0],
      [0, 0],
      [0, 0],
    ]);
    await purge({ tags: ['reviews-1'] });
    // The stars of one product are asked for again, and what else is in the list is kept as it was.
    expect(await all()).toEqual([
      [0, 0],
      [0, 1],
      [0, 0],
      [0, 0],
    ]);
    await purge({ tags: ['products', 'product-7'] });
    expect(await all()).toEqual([
      [0, 0],
      [0, 0],
      [1, 0],
      [0, 0],
    ]);
  });

  it('and by type and id what subgraphs that tell no tags have answered', async () => {
    const { ask, purge, calls } = await start(env());
    await ask(LAST);
    await ask(STARS);
    expect(await calls(() => ask(LAST))).toEqual([0, 0]);
    await purge({ type: 'Product', id: '2' });
    // Which products came within a root field, nobody can tell; of those that were asked for by their keys, only one was meant.
    expect(await calls(() => ask(LAST))).toEqual([1, 1]);
    expect(await calls(() => ask(STARS))).toEqual([1, 0]);
    await purge({ type: 'Review' });
    expect(await calls(() => ask(LAST))).toEqual([0, 1]);
    expect(await calls(() => ask(STARS))).toEqual([0, 0]);
    await purge({ type: 'Product' });
    expect(await calls(() => ask(STARS))).toEqual([1, 1]);
    await purge({ type: 'Seller' });
    expect(await calls(() => ask(STARS))).toEqual([0, 0]);
  });
}

describe('an operator purges by tag, in this process,', () => {
  itPurgesByTag(() => ({}));

  it('and tells the tags to CDNs, when the answer is made and when it is kept', async () => {
    const { url } = await start({});
    for (let round = 0; round < 2; round++) {
      const response = await fetch(`${url}/?query=${encodeURIComponent(STARS)}`, {
        headers: { 'apollo-require-preflight': '1' },
      });
      const keys = response.headers.get('surrogate-key')?.split(' ');
      expect(keys).toEqual(['Product:?', 'product-1', 'Product:1', 'reviews-1', 'Product:*']);
    }
  });

  it('and is told at the start which tags cannot be made', async () => {
    const { logged, ask } = await start({});
    const warnings = logged.filter((line) => line.includes('@cacheTag'));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('Query.gone: {$args.sku} names no argument');
    expect((await ask('{ gone(id: "1") { name } }')).errors).toBeUndefined();
  });
});

describeWith('redis', 'an operator purges by tag, in Redis,', (url) => {
  itPurgesByTag(() => ({ REDIS_URL: url, REDIS_TIMEOUT_MS: '2000' }));
});
