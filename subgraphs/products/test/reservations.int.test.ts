import { newUuid, typeId } from '@entrepot/kernel/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OrderEvent } from '../src/domain/reservations.ts';
import type { Received } from '../src/store/reservation-store.ts';
import { type ProductsFixture, startProductsFixture } from './products-fixture.ts';

let shop: ProductsFixture;
beforeAll(async () => {
  shop = await startProductsFixture();
});
afterAll(async () => {
  expect(await audit()).toEqual([]);
  await shop.stop();
});

const anOrderId = () => typeId('ord', newUuid());
const received = (order: OrderEvent): Received => ({ id: typeId('evt', newUuid()), order });
const settle = (...events: Received[]) => shop.stores.reservations.settle(events, new Date());
const level = async (variantId: string) => {
  const text = 'SELECT on_hand, reserved, version FROM stock WHERE variant_id = $1';
  return (await shop.pool.query(text, [shop.uuid('var', variantId)])).rows[0];
};
const answers = async (orderId: string) => {
  const text = `SELECT envelope->>'type' AS type, envelope->'data' AS data FROM outbox WHERE key = $1 ORDER BY seq`;
  return (await shop.pool.query(text, [orderId])).rows;
};

/** Levels that are not the sum of their ledger, or not what orders hold. */
async function audit() {
  const { rows } = await shop.pool.query(`SELECT s.variant_id FROM stock s
    LEFT JOIN (SELECT variant_id, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved
      FROM stock_movement GROUP BY 1) m USING (variant_id)
    LEFT JOIN (SELECT variant_id, sum(quantity) AS held FROM reservation WHERE state = 'HELD' GROUP BY 1) r USING (variant_id)
    WHERE (s.on_hand, s.reserved) <> (coalesce(m.on_hand, 0), coalesce(m.reserved, 0)) OR s.reserved <> coalesce(r.held, 0)`);
  return rows;
}

async function aVariant(openingStock: number): Promise<{ variantId: string; sku: string }> {
  const variant = { sku: shop.unique('SKU'), price: { amount: '2.50', currencyCode: 'GBP' }, openingStock };
  const { variants } = await shop.aProduct({ variants: [variant] });
  return { variantId: variants[0].id, sku: variants[0].sku };
}

type Wanted = { variantId: string; sku: string; quantity: number };

const placed = (wanted: readonly Wanted[], orderId = anOrderId()): OrderEvent => ({
  type: 'PLACED',
  orderId,
  currencyCode: 'GBP',
  lines: wanted.map((line) => ({ ...line, unitPriceMinor: 250n })),
});

describe('stock for orders', () => {
  it('is reserved with its ledger, the answer and the new level, in one go', async () => {
    const mug = await aVariant(5);
    const order = placed([
      { ...mug, quantity: 2 },
      { ...mug, quantity: 1 },
    ]);
    await settle(received(order));
    expect(await level(mug.variantId)).toEqual({ on_hand: 5, reserved: 3, version: 2 });
    expect(await answers(order.orderId)).toMatchObject([
      { type: 'stock.reserved.v1', data: { lines: [{ variantId: mug.variantId, quantity: 3 }] } },
    ]);
    expect(await shop.events('stock.level-changed.v1', mug.variantId)).toMatchObject([{ available: 2, version: 2 }]);
    const { data } = await shop.ask(
      `query($id: ID!) { variant(id: $id) { available stock { reserved movements { nodes { kind reservedChange orderId } } } } }`,
      { id: mug.variantId },
      shop.manager,
    );
    expect(data.variant).toMatchObject({
      available: 2,
      stock: {
        reserved: 3,
        movements: { nodes: [{ kind: 'RESERVATION', reservedChange: 3, orderId: order.orderId }, { kind: 'RECEIPT' }] },
      },
    });
  });

  it('is refused whole, with the line at fault', async () => {
    const [many, few] = [await aVariant(5), await aVariant(1)];
    const order = placed([
      { ...many, quantity: 5 },
      { ...few, quantity: 2 },
    ]);
    await settle(received(order));
    const lines = [{ sku: few.sku, requested: 2, available: 1 }];
    expect(await answers(order.orderId)).toMatchObject([
      { type: 'stock.refused.v1', data: { reason: 'OUT_OF_STOCK', lines } },
    ]);
    expect(await level(many.variantId)).toEqual({ on_hand: 5, reserved: 0, version: 1 });
  });

  it('is refused at a price that is not the current one, and when it is not sold any more', async () => {
    const mug = await aVariant(5);
    await shop.mutate(
      'setPrice',
      'SetPriceInput',
      { variantId: mug.variantId, price: { amount: '2.51', currencyCode: 'GBP' } },
      'variant { id }',
    );
    const [late, gone] = [
      placed([{ ...mug, quantity: 1 }]),
      placed([{ variantId: typeId('var', newUuid()), sku: 'GONE', quantity: 1 }]),
    ];
    await settle(received(late), received(gone));
    expect(await answers(late.orderId)).toMatchObject([{ data: { reason: 'PRICE_CHANGED' } }]);
    expect(await answers(gone.orderId)).toMatchObject([{ data: { reason: 'NOT_SOLD', lines: [{ sku: 'GONE' }] } }]);
  });

  it('costs a hot item one row update a batch, and a batch a constant number of statements', async () => {
    const hot = await aVariant(1_000);
    const batch = (size: number) => Array.from({ length: size }, () => received(placed([{ ...hot, quantity: 1 }])));
    const [one, two] = [batch(1), batch(150)];
    const first = await shop.statements(() => settle(...one));
    const second = await shop.statements(() => settle(...two));
    expect(second).toBe(first);
    expect(await level(hot.variantId)).toEqual({ on_hand: 1_000, reserved: 151, version: 3 });
  });

  it('is never sold twice: 100 units offered to 500 orders in parallel batches go to exactly 100', async () => {
    const hot = await aVariant(100);
    const orders = Array.from({ length: 500 }, () => received(placed([{ ...hot, quantity: 1 }])));
    const batches = Array.from({ length: 25 }, (_, index) => orders.slice(index * 20, index * 20 + 20));
    await Promise.all(batches.map((batch) => settle(...batch)));
    const outcomes = await Promise.all(
      orders.map(async ({ order }) => (await answers(order.orderId)).map(({ type }) => type)),
    );
    expect(outcomes.every((types) => types.length === 1)).toBe(true);
    expect(outcomes.filter(([type]) => type === 'stock.reserved.v1')).toHaveLength(100);
    expect(await level(hot.variantId)).toMatchObject({ on_hand: 100, reserved: 100 });
  });

  it('is shared by batches that want the same goods in different orders, without a deadlock', async () => {
    const goods = await Promise.all(Array.from({ length: 6 }, () => aVariant(40)));
    const shuffled = () => goods.toSorted(() => Math.random() - 0.5).map((each) => ({ ...each, quantity: 1 }));
    const batches = Array.from({ length: 30 }, () => [received(placed(shuffled())), received(placed(shuffled()))]);
    await Promise.all(batches.map((batch) => settle(...batch)));
    for (const { variantId } of goods) expect(await level(variantId)).toMatchObject({ on_hand: 40, reserved: 40 });
  });

  it('does not go below what the back office takes out meanwhile', async () => {
    const mug = await aVariant(30);
    const orders = Array.from({ length: 30 }, () => settle(received(placed([{ ...mug, quantity: 1 }]))));
    const counts = Array.from({ length: 10 }, () =>
      shop.mutate(
        'adjustStock',
        'AdjustStockInput',
        { variantId: mug.variantId, change: -1, isCorrection: true },
        'variant { id }',
      ),
    );
    const [outcomes] = await Promise.all([Promise.all(counts), ...orders]);
    const taken = outcomes.filter(({ userErrors }) => userErrors.length === 0).length;
    const after = await level(mug.variantId);
    expect(after.on_hand).toBe(30 - taken);
    expect(after.reserved).toBeLessThanOrEqual(after.on_hand);
  });
});

describe('an event', () => {
  it('counts once, however often and however much at once it comes', async () => {
    const mug = await aVariant(10);
    const event = received(placed([{ ...mug, quantity: 2 }]));
    await Promise.all([settle(event), settle(event), settle(event, event)]);
    await settle(event);
    expect(await level(mug.variantId)).toMatchObject({ reserved: 2 });
    expect(await answers(event.order.orderId)).toHaveLength(1);
  });

  it('of an order asked about again is answered again and reserves nothing', async () => {
    const mug = await aVariant(10);
    const order = placed([{ ...mug, quantity: 2 }]);
    await settle(received(order));
    await settle(received(order));
    expect(await level(mug.variantId)).toMatchObject({ reserved: 2 });
    const [first, second] = await answers(order.orderId);
    expect(second).toEqual(first);
  });

  it('of a refused order asked about again is refused the same, though there is stock by now', async () => {
    const mug = await aVariant(0);
    const order = placed([{ ...mug, quantity: 2 }]);
    await settle(received(order));
    await shop.mutate('adjustStock', 'AdjustStockInput', { variantId: mug.variantId, change: 5 }, 'variant { id }');
    await settle(received(order));
    const [first, second] = await answers(order.orderId);
    expect(second).toEqual(first);
    expect(await level(mug.variantId)).toMatchObject({ reserved: 0 });
  });
});

describe('what an order gives back', () => {
  it('is a part, then the rest, and never more', async () => {
    const mug = await aVariant(10);
    const order = placed([{ ...mug, quantity: 5 }]);
    const { orderId } = order;
    await settle(received(order));
    const part = received({ type: 'LINES_CANCELLED', orderId, lines: [{ variantId: mug.variantId, quantity: 2 }] });
    await settle(part);
    await settle(part);
    expect(await level(mug.variantId)).toMatchObject({ reserved: 3 });
    await settle(received({ type: 'CANCELLED', orderId }));
    await settle(received({ type: 'CANCELLED', orderId }));
    expect(await level(mug.variantId)).toMatchObject({ on_hand: 10, reserved: 0 });
  });

  it('is nothing once it is shipped', async () => {
    const mug = await aVariant(10);
    const order = placed([{ ...mug, quantity: 4 }]);
    const { orderId } = order;
    await settle(received(order), received({ type: 'SHIPPED', orderId }));
    await settle(received({ type: 'SHIPPED', orderId }));
    await settle(received({ type: 'CANCELLED', orderId }));
    expect(await level(mug.variantId)).toMatchObject({ on_hand: 6, reserved: 0 });
  });

  it('is nothing when the cancellation came before the order', async () => {
    const mug = await aVariant(10);
    const order = placed([{ ...mug, quantity: 4 }]);
    await settle(received({ type: 'CANCELLED', orderId: order.orderId }));
    await settle(received(order));
    expect(await level(mug.variantId)).toMatchObject({ reserved: 0 });
    expect(await answers(order.orderId)).toEqual([]);
  });

  it('is reported when nothing is known of the order', async () => {
    const stray: OrderEvent = { type: 'SHIPPED', orderId: anOrderId() };
    expect(await settle(received(stray))).toEqual([stray]);
  });
});

it('leaves nothing half done when a batch fails', async () => {
  const mug = await aVariant(10);
  const impossible = placed([{ ...mug, quantity: -1 }]);
  const batch = [received(placed([{ ...mug, quantity: 1 }])), received(impossible)];
  await expect(settle(...batch)).rejects.toThrow();
  expect(await level(mug.variantId)).toEqual({ on_hand: 10, reserved: 0, version: 1 });
  expect(await shop.count('inbox', `event_id = '${shop.uuid('evt', batch[0]?.id ?? '')}'`)).toBe(0);
});

it('keeps the database from promising what is not there', async () => {
  const mug = await aVariant(1);
  const oversell = 'UPDATE stock SET reserved = 2 WHERE variant_id = $1';
  await expect(shop.pool.query(oversell, [shop.uuid('var', mug.variantId)])).rejects.toMatchObject({
    constraint: 'stock_levels',
  });
});
