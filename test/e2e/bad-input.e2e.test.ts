import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { ask, openShop, raw } from './shop.ts';

/** What no answer may hold, whatever was sent. */
const LEAKS = /node_modules|\bat .+\.ts:\d+|SELECT |INSERT |prisma|ECONNREFUSED|127\.0\.0\.1:\d+/;

type Errors = { extensions: { code: string } }[];
const codes = (errors: Errors | undefined) => (errors ?? []).map(({ extensions }) => extensions.code);

describe('a request that is no GraphQL', () => {
  const { url } = inject('stack');

  it.each([
    ['malformed JSON', '{"query": "{ me', 'BAD_JSON'],
    ['a body of 10 MB', JSON.stringify({ query: `{ me { id } } #${'x'.repeat(10_000_000)}` }), 'BODY_TOO_LARGE'],
    ['an unknown field', JSON.stringify({ query: '{ me { shoeSize } }' }), 'GRAPHQL_VALIDATION_FAILED'],
    ['a syntax error', JSON.stringify({ query: '{ me {' }), 'GRAPHQL_PARSE_FAILED'],
    [
      'a variable of the wrong type',
      JSON.stringify({ query: 'query ($n: Int!) { products(first: $n) { nodes { id } } }', variables: { n: 'x' } }),
      'BAD_USER_INPUT',
    ],
    [
      'a currency that does not exist',
      JSON.stringify({
        query:
          'query ($c: CurrencyCode!) { products(first: 1, where: { minPrice: { amount: "1.00", currencyCode: $c } }) { nodes { id } } }',
        variables: { c: 'QQQ' },
      }),
      'BAD_USER_INPUT',
    ],
  ])('gets one error for %s', async (_, body, code) => {
    const { json, status } = await raw(url, body);
    expect(codes(json.errors)).toEqual([code]);
    expect(status).toBeLessThan(500);
    expect(JSON.stringify(json)).not.toMatch(LEAKS);
  });

  it('gets one error for a bad token, and no data', async () => {
    const { json } = await raw(url, JSON.stringify({ query: '{ me { id } }' }), {
      authorization: 'Bearer not.a.token',
    });
    expect(codes(json.errors)).toEqual(['UNAUTHENTICATED']);
    expect(json.data ?? null).toBeNull();
  });

  it.each([
    [
      'a cursor of another list',
      'query ($after: String) { products(first: 1, after: $after) { nodes { id } } }',
      { after: 'bm90LWEtY3Vyc29y' },
      'INVALID_CURSOR',
    ],
    ['a page of 1,000', '{ products(first: 1000) { nodes { id } } }', {}, 'INVALID_ARGUMENT'],
    ['an id of another kind', '{ product(id: "usr_01h455vb4pex5vsknk084sn02q") { id } }', {}, 'INVALID_ID'],
  ])('gets a stable code for %s', async (_, query, variables, code) => {
    const { errors } = await ask(url, query, variables);
    expect(codes(errors)).toEqual([code]);
    expect(JSON.stringify(errors)).not.toMatch(LEAKS);
  });
});

describe('a mutation with bad input changes nothing', () => {
  it.each([
    ['a negative quantity', { quantity: -1 }, 'INVALID_QUANTITY'],
    ['a quantity of zero', { quantity: 0 }, 'INVALID_QUANTITY'],
    ['an unknown SKU', { sku: 'no-such-sku' }, 'UNKNOWN_SKU'],
  ])('%s in a cart', async (_, over, code) => {
    const { stack, shopper, stock, guest, cartOf } = await openShop();
    const { sku } = await stock(5);
    const { token } = await guest();
    const cartId = await cartOf(token, { sku, quantity: 1 });
    const answer = await shopper.addCartLines(cartId, [{ sku, quantity: 1, ...over }], token);
    expect(answer).toMatchObject({ ok: false, code });
    const { data } = await ask(
      stack.url,
      'query ($id: ID!) { cart(id: $id) { lines { quantity } } }',
      { id: cartId },
      token,
    );
    expect(data.cart.lines).toEqual([{ quantity: 1 }]);
  });

  it('a used idempotency key with another body leaves the second cart open', async () => {
    const { stack, shopper, stock, guest, cartOf } = await openShop();
    const { sku } = await stock(5);
    const { token } = await guest();
    const idempotencyKey = randomUUID();
    await shopper.placeOrder({ idempotencyKey, cartId: await cartOf(token, { sku, quantity: 1 }) }, token);
    const second = await cartOf(token, { sku, quantity: 1 });
    expect(await shopper.placeOrder({ idempotencyKey, cartId: second }, token)).toMatchObject({
      ok: false,
      code: 'KEY_REUSED',
    });
    const { data } = await ask(stack.url, '{ me { orders(first: 10) { nodes { id } } } }', {}, token);
    expect(data.me.orders.nodes).toHaveLength(1);
    expect((await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId: second }, token)).ok).toBe(true);
  });

  it('a shopper who tries the back office is refused and changes nothing', async () => {
    const { stack, stock, guest } = await openShop();
    const { sku, variantId } = await stock(5, '10.00');
    const { token } = await guest();
    const { errors } = await ask(
      stack.url,
      'mutation ($id: ID!) { setPrice(input: { variantId: $id, price: { amount: "0.01", currencyCode: "GBP" } }) { variant { id } } }',
      { id: variantId },
      token,
    );
    expect(codes(errors)).toEqual(['FORBIDDEN']);
    const { data } = await ask(stack.url, 'query ($sku: String!) { variant(sku: $sku) { price { amount } } }', { sku });
    expect(data.variant.price.amount).toBe('10.00');
  });
});

it('a subgraph refuses whoever does not show the gateway’s credential', async () => {
  for (const url of ['users', 'products', 'orders'].map((name) => inject('stack').services[name])) {
    const { status, json } = await raw(`${url}/graphql`, JSON.stringify({ query: '{ __typename }' }));
    expect(status).toBe(401);
    expect(codes(json.errors)).toEqual(['NOT_GATEWAY']);
  }
});
