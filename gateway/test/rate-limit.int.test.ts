import { describeWith } from '@entrepot/testing/servers';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startCachedShop } from './cached-shop.ts';
import { bearer, codes, startIssuer } from './fixture.ts';
import { startShop } from './shop.ts';

const NAME = '{ product(id: "1") { name } }';
const Told = z.object({
  extensions: z.object({
    cost: z.object({ requested: z.number(), limit: z.number(), remaining: z.number(), resetSeconds: z.number() }),
  }),
});

/** A budget that nothing comes back to while a test runs. */
const SLOW = { RATE_LIMIT: '1', RATE_BURST: '3' };

const post = async (url: string, headers: Record<string, string> = {}, body: object = { query: NAME }) => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  const answer: unknown = await response.json();
  const header = (name: string) => response.headers.get(name);
  return { status: response.status, answer, header };
};

describe('a budget', () => {
  it('is told with each answer, and refuses what is beyond it with the time to come back', async () => {
    const { url, metric } = await startShop(SLOW);
    for (const remaining of [2, 1, 0]) {
      const { status, answer, header } = await post(url);
      expect(status).toBe(200);
      expect(answer).toMatchObject({ data: { product: { name: 'Thing 1' } } });
      const { cost } = Told.parse(answer).extensions;
      expect(cost).toMatchObject({ requested: 1, limit: 3, remaining });
      expect(header('ratelimit-policy')).toBe('"cost";q=3;w=180');
      expect(header('ratelimit')).toBe(`"cost";r=${remaining};t=${cost.resetSeconds}`);
    }
    const { status, answer, header } = await post(url);
    expect([status, codes(answer)]).toEqual([429, ['RATE_LIMITED']]);
    expect(Number(header('retry-after'))).toBeGreaterThan(0);
    expect(Number(header('retry-after'))).toBeLessThanOrEqual(60);
    expect(header('ratelimit')).toMatch(/^"cost";r=0;t=\d+$/);
    expect(await metric('rate_limit_requests_total', { outcome: 'allowed' })).toBe(3);
    expect(await metric('rate_limit_requests_total', { outcome: 'refused' })).toBe(1);
  });

  it('is a viewer’s own, whatever address they come from; without a viewer it is the address’s', async () => {
    const issuer = await startIssuer();
    const { url } = await startShop({ ...SLOW, RATE_BURST: '1', JWKS_URL: issuer.url });
    const [ann, eve] = [bearer(await issuer.token('ann')), bearer(await issuer.token('eve'))];
    expect((await post(url, ann)).status).toBe(200);
    expect((await post(url, ann)).status).toBe(429);
    expect((await post(url, bearer(await issuer.token('ann')))).status).toBe(429);
    expect((await post(url, eve)).status).toBe(200);
    expect((await post(url)).status).toBe(200);
    expect((await post(url)).status).toBe(429);
  });

  it('of an address cannot be had anew by inventing one', async () => {
    const { url } = await startShop({ ...SLOW, RATE_BURST: '1' });
    expect((await post(url, { 'x-forwarded-for': '1.1.1.1' })).status).toBe(200);
    expect((await post(url, { 'x-forwarded-for': '2.2.2.2' })).status).toBe(429);
  });

  it('behind a trusted proxy is that of whom the proxy names', async () => {
    const { url } = await startShop({ ...SLOW, RATE_BURST: '1', TRUSTED_PROXIES: '127.0.0.0/8' });
    expect((await post(url, { 'x-forwarded-for': '6.6.6.6, 1.1.1.1' })).status).toBe(200);
    expect((await post(url, { 'x-forwarded-for': '7.7.7.7, 1.1.1.1' })).status).toBe(429);
    expect((await post(url, { 'x-forwarded-for': '1.1.1.1, 2.2.2.2' })).status).toBe(200);
  });

  it('is used by what is refused, by each operation of a batch and by kept answers as well', async () => {
    const { url } = await startShop({ ...SLOW, RATE_BURST: '6' });
    const remaining = async (body: object) =>
      /r=(\d+)/.exec((await post(url, {}, body)).header('ratelimit') ?? '')?.[1];
    expect(await remaining({ query: '{ product(' })).toBe('5');
    expect(await remaining([{ query: NAME }, { query: NAME }])).toBe('3');
    expect(await remaining({ query: NAME })).toBe('2');
    expect(await remaining({ query: '{ nobody }' })).toBe('1');
  });

  it('is told to pages of other origins too', async () => {
    const { url } = await startShop({ ...SLOW, RATE_BURST: '1', CORS_ORIGINS: 'https://shop.example' });
    const origin = { origin: 'https://shop.example' };
    for (const status of [200, 429]) {
      const answer = await post(url, origin);
      expect(answer.status).toBe(status);
      expect(answer.header('access-control-expose-headers')).toBe('retry-after, ratelimit, ratelimit-policy');
    }
  });

  it('is used by what an operation costs, which grows with its lists', async () => {
    const { url } = await startShop({ RATE_LIMIT: '1', RATE_BURST: '100', COST_DEFAULT_LIST_SIZE: '7' });
    const costOf = async (query: string) => Told.parse((await post(url, {}, { query })).answer).extensions.cost;
    expect(await costOf(NAME)).toMatchObject({ requested: 1, remaining: 99 });
    expect(await costOf('{ products { name } }')).toMatchObject({ requested: 7, remaining: 92 });
    // What has no cost still has to be looked at.
    expect(await costOf('{ now }')).toMatchObject({ requested: 1, remaining: 91 });
  });

  it('is nobody’s business unless it is set', async () => {
    const { url } = await startShop();
    const { answer, header } = await post(url);
    expect(answer).toEqual({ data: { product: { name: 'Thing 1' } } });
    expect(header('ratelimit')).toBeNull();
  });
});

describeWith('redis', 'a budget in Redis', (url) => {
  it('is one for all gateways', async () => {
    const issuer = await startIssuer();
    const id = `usr_${crypto.randomUUID()}`;
    const env = { RATE_LIMIT: '1', RATE_BURST: '4', REDIS_URL: url, REDIS_TIMEOUT_MS: '5000', JWKS_URL: issuer.url };
    const token = bearer(await issuer.token(id));
    const [one, two] = [await startCachedShop(env), await startCachedShop(env)];
    // Nobody in particular asks until both gateways count in Redis.
    for (const { ask, metric } of [one, two])
      await expect
        .poll(async () => {
          const before = await metric('rate_limit_bypass_total');
          await ask('{ now }');
          return (await metric('rate_limit_bypass_total')) - before;
        })
        .toBe(0);
    const statuses: number[] = [];
    for (const shop of [one, two, one, two, one, two]) statuses.push((await post(shop.url, token)).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
  });
});
