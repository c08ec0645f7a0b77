import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it } from 'vitest';
import { seen, todo } from './data-sources-module.ts';
import { codes } from './fixture.ts';
import { startShop } from './shop.ts';

const GATEWAY_MODULE = fileURLToPath(new URL('data-sources-module.ts', import.meta.url));
const PAGE = '{ product(id: "1") { name maker } }';

beforeEach(() => {
  Object.assign(seen, { sent: 0, received: 0, errors: 0 });
  todo.fail = undefined;
});

describe('a data source written for @apollo/gateway', () => {
  it('sees and changes requests and answers, and the rest is as ever', async () => {
    const { ask, goods, people } = await startShop({ GATEWAY_MODULE });
    expect(await ask(PAGE)).toMatchObject({ status: 200, data: { product: { name: 'Thing 1!', maker: 'Own of 1' } } });
    expect(seen).toEqual({ sent: 1, received: 1, errors: 0 });
    expect(goods.requests[0]).toMatchObject({ 'x-signature': 'signed for nobody' });
    expect(goods.requests[0]?.['x-gateway-credential']).toBeDefined();
    expect(people.requests).toEqual([]);
  });

  it('lets its answers be kept as their subgraph allows', async () => {
    const { ask, goods } = await startShop({ GATEWAY_MODULE });
    for (let time = 0; time < 3; time++) await ask('{ products { price } }');
    expect(goods.requests).toHaveLength(1);
  });

  it('hears of errors, of which clients learn no more than of others', async () => {
    const { ask, goods } = await startShop({ GATEWAY_MODULE });
    goods.fault = (response) => response.writeHead(500).end('SELECT * FROM secrets');
    const answer = await ask('{ product(id: "1") { name } }');
    expect(codes(answer)).toEqual(['UNAVAILABLE']);
    expect(JSON.stringify(answer)).not.toMatch(/SELECT|127\.0\.0\.1|goods/);
    expect(seen.errors).toBe(1);
  });

  it.each([
    ['coded', 'SOLD_OUT'],
    ['plain', 'UNAVAILABLE'],
    ['hang', 'TIMEOUT'],
    ['nonsense', 'UNAVAILABLE'],
  ] as const)('that fails (%s) costs its part of the answer', async (fail, code) => {
    const { ask } = await startShop({ GATEWAY_MODULE, SUBGRAPH_TIMEOUT_MS: '1000' });
    todo.fail = fail;
    const answer = await ask(PAGE);
    expect(answer.data).toEqual({ product: { name: 'Thing 1!', maker: null } });
    expect(codes(answer)).toEqual([code]);
    expect(JSON.stringify(answer)).not.toMatch(/SELECT|db-1/);
  });
});

it('a module that is none stops the start with a reason', async () => {
  const shop = fileURLToPath(new URL('shop.ts', import.meta.url));
  await expect(startShop({ GATEWAY_MODULE: shop })).rejects.toThrow('GATEWAY_MODULE');
});
