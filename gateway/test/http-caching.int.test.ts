import { expect, it } from 'vitest';
import { codes } from './fixture.ts';
import { startShop } from './shop.ts';

const PREFLIGHT = { 'apollo-require-preflight': '1' };
const PAGE = 'query Page($id: ID!) { product(id: $id) { name price maker } }';

async function startAsked() {
  const shop = await startShop();
  const get = (query: string, headers: Record<string, string> = {}) => {
    const search = new URLSearchParams({ query, variables: JSON.stringify({ id: '1' }) });
    return fetch(`${shop.url}/?${search}`, { headers: { ...PREFLIGHT, ...headers } });
  };
  return { ...shop, get };
}

it('tells browsers and CDNs how long they may keep what is public, and by what they can be told to drop it', async () => {
  const { get, ask } = await startAsked();
  // The strictest of its parts; made, then found, and then found on the short way.
  for (let round = 0; round < 4; round++) {
    const response = await get(PAGE);
    const maxAge = /^public, max-age=(\d+)$/.exec(response.headers.get('cache-control') ?? '')?.[1];
    expect(Number(maxAge)).toBeGreaterThan(0);
    expect(Number(maxAge)).toBeLessThanOrEqual(30);
    expect(response.headers.get('surrogate-key')?.split(' ')).toContain('Product:1');
    expect(response.headers.get('cache-tag')?.split(',')).toContain('Product:1');
    expect(response.headers.get('vary')).toBe('accept, authorization');
    expect(await response.json()).toEqual({ data: { product: { name: 'Thing 1', price: 10, maker: 'Maker of 1' } } });
  }
  expect((await ask(PAGE, { id: '1' })).headers.get('cache-control')).toBe('no-store');
});

it('answers 304 while the answer is what the client has, and the new one once it is another', async () => {
  const { get } = await startAsked();
  const first = await get(PAGE);
  const etag = first.headers.get('etag') ?? '';
  for (let round = 0; round < 3; round++) {
    const again = await get(PAGE, { 'if-none-match': etag });
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    expect(again.headers.get('cache-control')).toMatch(/^public, max-age=/);
  }
  const other = await get('{ product(id: "2") { name } }', { 'if-none-match': etag });
  expect([other.status, await other.json()]).toEqual([200, { data: { product: { name: 'Thing 2' } } }]);
  const graphql = await get(PAGE, { 'if-none-match': etag, accept: 'application/graphql-response+json' });
  expect(graphql.status).toBe(200);
});

it.each([
  ['is private', '{ me { id } product(id: "1") { seenBy } }'],
  ['may not be kept', '{ product(id: "1") { wishes } }'],
  ['has an error', '{ product(id: "1") { name } boom }'],
  ['is refused', '{ shoeSize }'],
])('tells them to keep nothing of what %s', async (_, query) => {
  const { get } = await startAsked();
  for (let round = 0; round < 4; round++) {
    const response = await get(query);
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    expect(response.headers.get('etag')).toBeNull();
    expect(response.headers.get('surrogate-key')).toBeNull();
  }
});

it('tells them to keep nothing of what somebody in particular asked, nor of a refused GET', async () => {
  const { get, url } = await startAsked();
  for (let round = 0; round < 3; round++) await get(PAGE);
  const theirs = await get(PAGE, { authorization: 'Basic ann' });
  expect(theirs.headers.get('cache-control')).toBe('private, no-store');
  const search = new URLSearchParams({ query: PAGE, variables: JSON.stringify({ id: '1' }) });
  const forged = await fetch(`${url}/?${search}`);
  expect([codes(await forged.json()), forged.headers.get('cache-control')]).toEqual([
    ['BAD_REQUEST'],
    expect.stringContaining('no-store'),
  ]);
});
