import { describe, expect, it } from 'vitest';
import { bearer, codes, startIssuer } from './fixture.ts';
import { startShop } from './shop.ts';

const PRODUCTION = { NODE_ENV: 'production' };
const PREFLIGHT = { 'apollo-require-preflight': '1' };
const json = { 'content-type': 'application/json' };

const WRONG: readonly (readonly [what: string, query: string, variables: object])[] = [
  ['a field', '{ prodct(id: "1") { name } }', {}],
  ['a nested field', '{ product(id: "1") { nam } }', {}],
  ['an argument', '{ product(idd: "1", id: "1") { name } }', {}],
  ['a type', '{ ... on Quer { now } }', {}],
  ['a type of a variable', 'query ($id: IDD!) { product(id: $id) { name } }', { id: '1' }],
  ['a directive', '{ now @skipp(if: true) }', {}],
  ['a missing selection', '{ product(id: "1") }', {}],
  ['a value', 'mutation ($p: Int!) { setPrice(id: "1", price: $p) { id } }', { p: 'ten' }],
];

describe('in production', () => {
  it('the schema is not told', async () => {
    const { ask } = await startShop(PRODUCTION);
    for (const query of [
      '{ __schema { queryType { name } } }',
      '{ __type(name: "Product") { fields { name } } }',
      '{ ...F } fragment F on Query { __schema { types { name } } }',
    ])
      expect(codes(await ask(query))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it('the type of an object is, because caches of clients need it', async () => {
    const { ask } = await startShop(PRODUCTION);
    expect((await ask('{ __typename product(id: "1") { __typename } }')).data).toEqual({
      __typename: 'Query',
      product: { __typename: 'Product' },
    });
  });

  it('nothing is suggested for what is wrong', async () => {
    const { ask } = await startShop(PRODUCTION);
    for (const [what, query, variables] of WRONG) {
      const { errors } = await ask(query, variables);
      expect(errors?.length, what).toBeGreaterThan(0);
      expect(JSON.stringify(errors), what).not.toMatch(/did you mean/i);
    }
  });

  it('a browser is shown nothing but that there is nothing for it', async () => {
    const { url } = await startShop(PRODUCTION);
    for (const accept of ['text/html', 'text/html,application/xhtml+xml,*/*;q=0.8']) {
      const response = await fetch(url, { headers: { accept } });
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.headers.get('content-type')).toContain('json');
    }
  });

  it('no answer tells of subgraphs, hosts or what they said', async () => {
    const { ask, goods } = await startShop(PRODUCTION);
    const answers = [await ask('{ boom }'), await ask('{ refuse }')];
    goods.fault = (response) => response.end('<html>nginx on db-1</html>');
    answers.push(await ask('{ product(id: "1") { name } }'));
    goods.fault = undefined;
    await goods.stop();
    answers.push(await ask('{ product(id: "2") { name } }'));
    for (const { errors, status } of answers) {
      expect(status).toBe(200);
      expect(errors?.length).toBeGreaterThan(0);
      expect(JSON.stringify(errors)).not.toMatch(/goods|people|db-1|nginx|SELECT|127\.0\.0\.1|ECONN|serviceName|stack/);
    }
  });

  it('every answer is marked as what it says it is, and those of viewers are kept by nobody', async () => {
    const issuer = await startIssuer();
    const { ask, url } = await startShop({ ...PRODUCTION, JWKS_URL: issuer.url });
    const answers = [
      await ask('{ me { id } }', {}, bearer(await issuer.token('usr_ann'))),
      await ask('{ nonsense }'),
      await ask('{ me { id } }', {}, bearer('nonsense')),
      await fetch(`${url}/nowhere`),
    ];
    for (const { headers } of answers) expect(headers.get('x-content-type-options')).toBe('nosniff');
    for (const { headers } of answers.slice(0, 3)) expect(headers.get('cache-control')).toBe('no-store');
    const query = new URLSearchParams({ query: '{ me { id } }' });
    const headers = { ...PREFLIGHT, ...bearer(await issuer.token('usr_ann')) };
    const mine = await fetch(`${url}/?${query}`, { headers });
    expect(mine.headers.get('cache-control')).toBe('private, no-store');
  });
});

describe('pages of other origins', () => {
  const asking = (origin: string, method: string): RequestInit => ({
    method,
    headers: { origin, ...(method === 'POST' && json) },
    ...(method === 'POST' && { body: '{"query":"{ product(id: \\"1\\") { name } }"}' }),
  });

  it('may ask when they are on the list, and are not told that they may when they are not', async () => {
    const { url } = await startShop({ CORS_ORIGINS: 'https://shop.example,https://admin.example' });
    for (const method of ['OPTIONS', 'POST']) {
      const ours = await fetch(url, asking('https://admin.example', method));
      expect(ours.status).toBe(method === 'OPTIONS' ? 204 : 200);
      expect(ours.headers.get('access-control-allow-origin')).toBe('https://admin.example');
      expect(ours.headers.get('vary')).toContain('origin');
      const theirs = await fetch(url, asking('https://evil.example', method));
      expect(theirs.headers.get('access-control-allow-origin')).toBeNull();
      expect(theirs.headers.get('vary')).toContain('origin');
    }
    const get = await fetch(`${url}/?query=%7Bnow%7D`, { headers: { origin: 'https://shop.example', ...PREFLIGHT } });
    expect(get.headers.get('vary')).toBe('origin, accept, authorization');
  });

  it('may not when there is no list', async () => {
    const { url } = await startShop();
    const preflight = await fetch(url, asking('https://shop.example', 'OPTIONS'));
    expect([preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([405, null]);
  });
});
