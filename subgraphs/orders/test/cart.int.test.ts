import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPerson, type OrdersFixture, startOrdersFixture, until } from './orders-fixture.ts';

let shop: OrdersFixture;
beforeAll(async () => {
  shop = await startOrdersFixture();
});
afterAll(() => shop.stop());

type Payload = { userErrors: { code: string; path: string[] }[] };
const told = ({ userErrors }: Payload) => userErrors.map(({ code, path }) => [code, path.join('.')]);
const READ =
  'query ($id: ID!, $secret: String) { cart(id: $id, secret: $secret) { id customer { id } lines { sku quantity } total { amount } } }';
const read = async (id: string, secret?: string, person?: Parameters<OrdersFixture['ask']>[2]) =>
  (await shop.ask(READ, { id, secret }, person)).data.cart;

describe('createCart', () => {
  it('adds up the same SKU and tells what it costs', async () => {
    const mug = await shop.variant({ priceMinor: '250' });
    const tea = await shop.variant({ priceMinor: '1' });
    const ann = aPerson();
    const lines = [
      { sku: mug.sku, quantity: 1 },
      { sku: tea.sku, quantity: 3 },
      { sku: mug.sku, quantity: 2 },
    ];
    const { cart, secret, userErrors } = await shop.createCart(lines, ann);
    expect(userErrors).toEqual([]);
    expect(secret).toBeNull();
    expect(cart).toMatchObject({
      customer: { id: ann.id },
      total: { amount: '7.53', currencyCode: 'GBP' },
      lines: [
        {
          sku: mug.sku,
          quantity: 3,
          unitPrice: { amount: '2.50' },
          total: { amount: '7.50' },
          variant: { id: mug.variantId },
        },
        { sku: tea.sku, quantity: 3 },
      ],
    });
  });

  it('gives nobody’s cart a secret of 128 bits, and keeps only its hash', async () => {
    const { cart, secret } = await shop.createCart([]);
    expect(cart).toMatchObject({ customer: null, lines: [], total: null });
    expect(Buffer.from(secret, 'base64url')).toHaveLength(16);
    const { rows } = await shop.sql.query('SELECT row_to_json(cart)::text AS text FROM cart');
    expect(rows.some(({ text }) => text.includes(secret))).toBe(false);
    expect(await read(cart.id, secret)).toMatchObject({ id: cart.id });
  });

  it('tells everything that is wrong', async () => {
    const pounds = await shop.variant();
    const euros = await shop.variant({ currencyCode: 'EUR' });
    const unsold = await shop.variant({ isSold: false });
    const bad = await shop.createCart([
      { sku: pounds.sku, quantity: 0 },
      { sku: 'NO-SUCH', quantity: 1 },
      { sku: unsold.sku, quantity: 1 },
      { sku: euros.sku, quantity: 10_001 },
    ]);
    expect(bad.cart).toBeNull();
    expect(told(bad)).toEqual([
      ['INVALID_QUANTITY', 'input.lines.0.quantity'],
      ['UNKNOWN_SKU', 'input.lines.1.sku'],
      ['UNKNOWN_SKU', 'input.lines.2.sku'],
      ['INVALID_QUANTITY', 'input.lines.3.quantity'],
      ['CURRENCY_MISMATCH', 'input.lines.3.sku'],
    ]);
  });

  it('holds 1,200 lines and no more', async () => {
    const variants = await Promise.all(Array.from({ length: 1_201 }, () => shop.products.sell()));
    const last = variants.map((variant) => shop.products.uuidOf(variant));
    await until('all are known', async () => {
      const text = 'SELECT count(*)::int AS count FROM catalogue_variant WHERE id = ANY($1)';
      return (await shop.sql.query(text, [last])).rows[0].count === 1_201;
    });
    const lines = variants.map(({ sku }) => ({ sku, quantity: 1 }));
    const full = await shop.createCart(lines.slice(0, 1_200));
    expect(full.cart.lines).toHaveLength(1_200);
    expect(told(await shop.createCart(lines))).toEqual([['TOO_MANY_LINES', 'input.lines']]);
    const { cart, secret } = full;
    expect(told(await shop.addCartLines({ cartId: cart.id, secret, lines: lines.slice(-1) }))).toEqual([
      ['TOO_MANY_LINES', 'input.lines'],
    ]);
    const { sku } = lines[1_200] ?? { sku: '' };
    expect(told(await shop.setCartLine({ cartId: cart.id, secret, sku, quantity: 1 }))).toEqual([
      ['TOO_MANY_LINES', 'input.lines'],
    ]);
  });
});

describe('addCartLines', () => {
  it('adds to what is there', async () => {
    const { sku } = await shop.variant();
    const ann = aPerson();
    const cartId = await shop.cartOf(ann, { sku, quantity: 1 });
    const { cart } = await shop.addCartLines({ cartId, lines: [{ sku, quantity: 4 }] }, ann);
    expect(cart.lines).toMatchObject([{ sku, quantity: 5 }]);
    expect(await read(cartId, undefined, ann)).toMatchObject({
      lines: [{ sku, quantity: 5 }],
      total: { amount: '62.50' },
    });
  });

  it('loses nothing when twenty add at once', async () => {
    const { sku } = await shop.variant();
    const others = await Promise.all(Array.from({ length: 20 }, () => shop.variant()));
    const ann = aPerson();
    const cartId = await shop.cartOf(ann);
    const answers = await Promise.all(
      others.map((other) =>
        shop.addCartLines(
          {
            cartId,
            lines: [
              { sku, quantity: 1 },
              { sku: other.sku, quantity: 2 },
            ],
          },
          ann,
        ),
      ),
    );
    expect(answers.flatMap(told)).toEqual([]);
    const { lines } = await read(cartId, undefined, ann);
    expect(lines).toHaveLength(21);
    expect(lines.find((line: { sku: string }) => line.sku === sku).quantity).toBe(20);
  });

  it('refuses a line that would exceed 10,000, an unknown SKU and another currency', async () => {
    const { sku } = await shop.variant();
    const euros = await shop.variant({ currencyCode: 'EUR' });
    const ann = aPerson();
    const cartId = await shop.cartOf(ann, { sku, quantity: 9_999 });
    const add = async (line: object) => told(await shop.addCartLines({ cartId, lines: [line] }, ann));
    expect(await add({ sku, quantity: 2 })).toEqual([['INVALID_QUANTITY', 'input.lines.0.quantity']]);
    expect(await add({ sku, quantity: -1 })).toEqual([['INVALID_QUANTITY', 'input.lines.0.quantity']]);
    expect(await add({ sku: 'NO-SUCH', quantity: 2 })).toEqual([['UNKNOWN_SKU', 'input.lines.0.sku']]);
    expect(await add({ sku: euros.sku, quantity: 2 })).toEqual([['CURRENCY_MISMATCH', 'input.lines.0.sku']]);
    expect(await read(cartId, undefined, ann)).toMatchObject({ lines: [{ sku, quantity: 9_999 }] });
  });

  it('knows no cart of somebody else, without its secret, with a wrong one, or that was ordered', async () => {
    const { sku } = await shop.variant();
    const lines = [{ sku, quantity: 1 }];
    const { cart, secret } = await shop.createCart(lines);
    const ann = aPerson();
    const hers = await shop.cartOf(ann, ...lines);
    const add = async (input: object, person?: typeof ann) =>
      told(await shop.addCartLines({ lines, ...input }, person));
    const notFound = [['NOT_FOUND', 'input.cartId']];
    expect(await add({ cartId: cart.id })).toEqual(notFound);
    expect(await add({ cartId: cart.id, secret: 'wrong' })).toEqual(notFound);
    expect(await add({ cartId: cart.id }, ann)).toEqual(notFound);
    expect(await add({ cartId: hers })).toEqual(notFound);
    expect(await add({ cartId: hers, secret }, aPerson())).toEqual(notFound);
    expect(await add({ cartId: cart.id, secret }, ann)).toEqual([]);
    await shop.placeOrder({ cartId: hers }, ann);
    expect(await add({ cartId: hers }, ann)).toEqual(notFound);
  });

  it('tells of an id that is none', async () => {
    await expect(shop.addCartLines({ cartId: 'ord_1', lines: [] })).rejects.toMatchObject({ code: 'INVALID_ID' });
  });
});

describe('setCartLine', () => {
  it('sets, adds and takes out; an emptied cart takes any currency', async () => {
    const pounds = await shop.variant();
    const euros = await shop.variant({ currencyCode: 'EUR' });
    const ann = aPerson();
    const cartId = await shop.cartOf(ann, { sku: pounds.sku, quantity: 5 });
    const set = (sku: string, quantity: number) => shop.setCartLine({ cartId, sku, quantity }, ann);
    expect((await set(pounds.sku, 2)).cart.lines).toMatchObject([{ quantity: 2, total: { amount: '25.00' } }]);
    expect(told(await set(euros.sku, 1))).toEqual([['CURRENCY_MISMATCH', 'input.sku']]);
    expect((await set(pounds.sku, 0)).cart).toMatchObject({ lines: [], total: null });
    expect((await set(pounds.sku, 0)).userErrors).toEqual([]);
    expect((await set(euros.sku, 1)).cart.total.currencyCode).toBe('EUR');
  });

  it('takes out what is not sold any more, which costs nothing meanwhile', async () => {
    const gone = await shop.variant();
    const kept = await shop.variant({ priceMinor: '100' });
    const ann = aPerson();
    const cartId = await shop.cartOf(ann, { sku: gone.sku, quantity: 5 }, { sku: kept.sku, quantity: 1 });
    await shop.variant({ ...gone, isSold: false, version: 2 });
    expect(await read(cartId, undefined, ann)).toMatchObject({
      lines: [{ quantity: 5 }, {}],
      total: { amount: '1.00' },
    });
    expect((await shop.setCartLine({ cartId, sku: gone.sku, quantity: 0 }, ann)).cart.lines).toMatchObject([
      { sku: kept.sku },
    ]);
  });

  it('refuses a bad quantity, an unknown SKU and a stranger', async () => {
    const { sku } = await shop.variant();
    const ann = aPerson();
    const cartId = await shop.cartOf(ann, { sku, quantity: 5 });
    const set = async (input: object, person = ann) =>
      told(await shop.setCartLine({ cartId, sku, quantity: 1, ...input }, person));
    expect(await set({ quantity: -1 })).toEqual([['INVALID_QUANTITY', 'input.quantity']]);
    expect(await set({ quantity: 10_001 })).toEqual([['INVALID_QUANTITY', 'input.quantity']]);
    expect(await set({ sku: 'NO-SUCH' })).toEqual([['UNKNOWN_SKU', 'input.sku']]);
    expect(await set({ sku: 'NO-SUCH', quantity: 0 })).toEqual([['UNKNOWN_SKU', 'input.sku']]);
    expect(await set({}, aPerson())).toEqual([['NOT_FOUND', 'input.cartId']]);
  });
});

describe('claimCart', () => {
  it('makes a guest’s cart one’s own, after which its secret opens nothing', async () => {
    const { sku } = await shop.variant();
    const { cart, secret } = await shop.createCart([{ sku, quantity: 1 }]);
    const ann = aPerson();
    const claimed = await shop.claimCart({ cartId: cart.id, secret }, ann);
    expect(claimed.cart).toMatchObject({ id: cart.id, customer: { id: ann.id }, lines: [{ sku }] });
    expect(await read(cart.id, secret)).toBeNull();
    expect(await read(cart.id, undefined, ann)).toMatchObject({ id: cart.id });
    expect((await shop.claimCart({ cartId: cart.id, secret }, ann)).userErrors).toEqual([]);
    expect(told(await shop.claimCart({ cartId: cart.id, secret }, aPerson()))).toEqual([['NOT_FOUND', 'input.cartId']]);
  });

  it('refuses a wrong secret and whoever is not logged in', async () => {
    const { cart } = await shop.createCart([]);
    expect(told(await shop.claimCart({ cartId: cart.id, secret: 'wrong' }, aPerson()))).toEqual([
      ['NOT_FOUND', 'input.cartId'],
    ]);
    await expect(shop.claimCart({ cartId: cart.id, secret: 'wrong' })).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });
});

describe('the projection of the catalogue', () => {
  it('takes an older event for what it is', async () => {
    const mug = await shop.variant({ version: 5, priceMinor: '500' });
    await shop.products.sell({ ...mug, version: 4, priceMinor: '400' });
    await shop.products.sell({ ...mug, version: 5, priceMinor: '450' });
    await until('all is heard', async () => {
      const lags = await shop.log.lag('orders-catalogue', ['catalogue']);
      return lags.every(({ lag }) => lag === 0);
    });
    const { rows } = await shop.sql.query('SELECT price_minor FROM catalogue_variant WHERE id = $1', [
      shop.products.uuidOf(mug),
    ]);
    expect(rows).toEqual([{ price_minor: '500' }]);
  });

  it('sells a SKU that moved to another variant as that one', async () => {
    const old = await shop.variant();
    await shop.variant({ ...old, isSold: false, version: 2 });
    const next = await shop.variant({ sku: old.sku, priceMinor: '77' });
    const { cart } = await shop.createCart([{ sku: old.sku, quantity: 1 }]);
    expect(cart.lines).toMatchObject([{ variant: { id: next.variantId }, unitPrice: { amount: '0.77' } }]);
  });
});
