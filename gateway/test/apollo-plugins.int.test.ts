import { beforeEach, describe, expect, it } from 'vitest';
import { plugins, seen } from './apollo-module.ts';
import { codes } from './fixture.ts';
import { startShop } from './shop.ts';

const PAGE = 'query Page($id: ID!) { product(id: $id) { name price maker } }';
const MODULE = { GATEWAY_MODULE: 'gateway/test/apollo-module.ts' };

describe('a plugin of Apollo Server', () => {
  beforeEach(() => void seen.splice(0));

  it('sees each request from its start to its answer, and may add to the answer', async () => {
    expect(plugins).toHaveLength(1);
    const { ask } = await startShop(MODULE);
    for (let round = 0; round < 2; round++) {
      const { data, status, headers, extensions } = await ask(PAGE, { id: '1' }, { 'x-client': 'storefront' });
      expect({ data, status, extensions }).toEqual({
        data: { product: { name: 'Thing 1', price: 10, maker: 'Maker of 1' } },
        status: 200,
        extensions: { plugin: true },
      });
      expect(headers.get('x-plugin')).toBe('was here');
      expect(headers.get('cache-control')).toBe('no-store');
    }
    const request = ['request storefront', 'operation query Page'];
    expect(seen).toEqual(['start Query', ...request, ...request]);
  });

  it('may refuse an operation, with a status of its own', async () => {
    const { ask, goods } = await startShop(MODULE);
    const answer = await ask('query Forbidden { product(id: "1") { name } }');
    expect([answer.status, codes(answer)]).toEqual([451, ['BAD_REQUEST']]);
    expect(goods.requests).toHaveLength(0);
  });

  it('refuses in its own words, and is not heard where it breaks', async () => {
    const { ask, url, goods } = await startShop(MODULE);
    const refused = async (name: string) => {
      const { status, errors } = await ask(`query ${name} { product(id: "1") { name } }`);
      return [status, errors?.map(({ message, extensions }) => [message, extensions])];
    };
    expect(await refused('Denied')).toEqual([403, [['not you', { code: 'FORBIDDEN' }]]]);
    expect(await refused('Odd')).toEqual([200, [['too odd', { code: 'TOO_ODD', odd: 3 }]]]);
    expect(await refused('Broken')).toEqual([
      500,
      [[expect.not.stringContaining('SELECT'), { code: 'INTERNAL_SERVER_ERROR' }]],
    ]);
    const headers = { 'content-type': 'application/json', accept: 'application/graphql-response+json' };
    const body = JSON.stringify({ query: 'query Odd { product(id: "1") { name } }' });
    expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(400);
    expect(goods.requests).toHaveLength(0);
  });

  it('learns of errors, whose codes and messages are what clients get without it', async () => {
    const { ask } = await startShop(MODULE);
    expect(codes(await ask('{ me { shoeSize } }'))).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    const { data, errors } = await ask('{ product(id: "1") { name } refuse boom }');
    expect(data).toEqual({ product: { name: 'Thing 1' }, refuse: null, boom: null });
    expect(errors?.map(({ extensions, path }) => [path, extensions])).toEqual(
      expect.arrayContaining([
        [['refuse'], { code: 'FORBIDDEN' }],
        [['boom'], { code: 'INTERNAL_SERVER_ERROR' }],
      ]),
    );
    expect(JSON.stringify(errors)).not.toMatch(/SELECT|db-1|serviceName|subgraph/);
    expect(seen).toContain('errors GRAPHQL_VALIDATION_FAILED');
  });

  it('is asked in batches, for persisted queries and for the page, too', async () => {
    const { url } = await startShop(MODULE);
    const body = JSON.stringify([{ query: '{ product(id: "1") { name } }' }, { query: 'mutation Touch { touch }' }]);
    const headers = { 'content-type': 'application/json' };
    const batch = await fetch(url, { method: 'POST', headers, body });
    expect([batch.status, batch.headers.get('x-plugin')]).toEqual([200, 'was here']);
    expect(await batch.json()).toEqual([
      { data: { product: { name: 'Thing 1' } }, extensions: { plugin: true } },
      { data: { touch: true }, extensions: { plugin: true } },
    ]);
    expect(await (await fetch(url, { headers: { accept: 'text/html' } })).text()).toMatch(/sandbox/i);
  });

  it('changes nothing of the limits', async () => {
    const { ask } = await startShop({ ...MODULE, MAX_COST: '1' });
    const deep = await ask(`{ ${'a { '.repeat(40)} b ${'} '.repeat(40)} }`);
    expect([deep.status, codes(deep)]).toEqual([400, ['OPERATION_TOO_LARGE']]);
    const costly = await ask('{ products { name } }');
    expect([costly.status, codes(costly)]).toEqual([400, ['COST_TOO_HIGH']]);
  });
});
