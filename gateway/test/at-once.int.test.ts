import { describe, expect, it } from 'vitest';
import { PAGE, startCachedShop } from './cached-shop.ts';
import { bearer, codes, compose, startIssuer, startSubgraph, startTestGateway } from './fixture.ts';

const body = JSON.stringify({ query: PAGE, variables: { id: '1' } });
const JSON_TYPE = { 'content-type': 'application/json' };
const lasting = (headers: Headers) => [...headers].filter(([name]) => name !== 'date');

const post = async (url: string, headers: Record<string, string> = {}, text = body) => {
  const response = await fetch(url, { method: 'POST', headers: { ...JSON_TYPE, ...headers }, body: text });
  return { status: response.status, headers: lasting(response.headers), text: await response.text() };
};

/** The first makes the answer, the second finds it, and all others find it on the short way. */
async function startKnown(env: Record<string, string> = {}) {
  const shop = await startCachedShop(env);
  for (let round = 0; round < 3; round++) await post(shop.url);
  return shop;
}

describe('an answer that has been found in the cache before', () => {
  it.each([{}, { RATE_LIMIT: '1000000000' }])('is the same whichever way it comes (%j)', async (env) => {
    const { url, metric, calls } = await startCachedShop(env);
    await post(url);
    const onWholeWay = await post(url);
    const rest = await calls(async () => {
      for (let round = 0; round < 3; round++) {
        const { status, headers, text } = await post(url);
        expect(status).toBe(200);
        expect(headers.map(([name]) => name)).toEqual(onWholeWay.headers.map(([name]) => name));
        expect(JSON.parse(text).data).toEqual({ product: { name: 'Thing 1', price: 10, maker: 'Maker of 1' } });
        expect(Object.keys(JSON.parse(text))).toEqual(Object.keys(JSON.parse(onWholeWay.text)));
      }
    });
    expect(rest).toBe(0);
    expect(await metric('cache_requests_total', { outcome: 'hit' })).toBe(4);
    expect(await metric('graphql_requests_total', { outcome: 'ok' })).toBe(5);
  });

  it.each([
    ['everybody’s', PAGE, {}],
    ['everybody’s to a viewer', PAGE, { viewer: 'ann' }],
    ['a viewer’s own', '{ me { id secret } }', { viewer: 'ann' }],
  ])('is by GET, too (%s)', async (_, query, { viewer }: { viewer?: string }) => {
    const { url, as, calls } = await startCachedShop({ RATE_LIMIT: '1000000000' });
    const search = new URLSearchParams({ query, variables: JSON.stringify({ id: '1' }) });
    const headers = { 'apollo-require-preflight': '1', ...(viewer !== undefined && (await as(viewer))) };
    const get = async () => {
      const response = await fetch(`${url}/?${search}`, { headers });
      const names = [...response.headers.keys()];
      const keys = ['cache-control', 'vary', 'etag', 'surrogate-key'].map((name) =>
        response.headers.get(name)?.replace(/max-age=\d+/, 'max-age'),
      );
      const { data, ...rest } = JSON.parse(await response.text());
      return { status: response.status, names, keys, data, rest: Object.keys(rest) };
    };
    await get();
    const onWholeWay = await get();
    const rest = await calls(async () => {
      for (let round = 0; round < 3; round++) expect(await get()).toEqual(onWholeWay);
    });
    expect(rest).toBe(0);
  });

  it('is gone with a purge and with another supergraph', async () => {
    const credential = 'c'.repeat(40);
    const { url, calls, prices, supergraph, replaceSupergraph, metric } = await startKnown({
      CACHE_PURGE_CREDENTIAL: credential,
    });
    prices.set('1', 11);
    await fetch(new URL('/cache/purge', url), {
      method: 'POST',
      headers: { ...JSON_TYPE, authorization: `Bearer ${credential}` },
      body: JSON.stringify({ tags: ['Product:1'] }),
    });
    expect(JSON.parse((await post(url)).text).data.product.price).toBe(11);
    for (let round = 0; round < 3; round++) await post(url);
    await replaceSupergraph(supergraph.replaceAll('Float', 'Int'));
    await expect.poll(() => metric('supergraph_reloads_total'), { timeout: 10_000 }).toBe(1);
    expect(await calls(() => post(url))).toBeGreaterThan(0);
  });

  it('is for nobody whose token is not good, and not that of staff', async () => {
    const { url, as, calls } = await startKnown();
    const eve = await as('eve');
    for (let round = 0; round < 3; round++) expect(await calls(() => post(url, eve))).toBe(0);
    expect((await post(url, { authorization: `${eve.authorization}x` })).status).toBe(401);
    expect((await post(url, { authorization: 'Bearer nonsense' })).status).toBe(401);
    const clerk = await as('kim', ['ADMIN']);
    expect(await calls(() => post(url, clerk))).toBe(2);
  });

  it('is still only for those who ask as others have to', async () => {
    const { url } = await startKnown();
    expect((await post(url, { 'content-type': 'text/plain' })).status).toBe(415);
    expect((await post(url, { accept: 'text/html' })).status).toBe(406);
    const { headers } = await post(url, { accept: 'application/graphql-response+json' });
    expect(new Map(headers).get('content-type')).toMatch('application/graphql-response+json');
  });

  it('is not for viewers to whom a part of it is denied', async () => {
    const issuer = await startIssuer();
    const sdl = 'type Query { boss: Person } type Person { name: String email: String @federation__authenticated }';
    const staff = await startSubgraph('staff', sdl, {
      Query: {
        boss: (_, __, scope) => {
          scope.cacheControl = 'max-age=60, public';
          return { name: 'Ann', email: 'ann@example.com' };
        },
      },
    });
    const { ask } = await startTestGateway(compose(staff), { JWKS_URL: issuer.url });
    const ann = bearer(await issuer.token('ann'));
    const query = '{ boss { name email } }';
    for (let round = 0; round < 3; round++) {
      expect((await ask(query, {}, ann)).data).toEqual({ boss: { name: 'Ann', email: 'ann@example.com' } });
      expect(codes(await ask(query))).toEqual(['UNAUTHORIZED_FIELD_OR_TYPE']);
    }
  });
});
