import { newUuid } from '@entrepot/kernel/ids';
import { newShardedUuid } from '@entrepot/kernel/shard';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPerson, type OrdersFixture, startOrdersFixture } from './orders-fixture.ts';

let shop: OrdersFixture;
let shard: number;
beforeAll(async () => {
  shop = await startOrdersFixture({ SWEEP_MS: '600000' });
  const { sku } = await shop.variant({ priceMinor: '500' });
  await shop.paidOrder(aPerson(), { sku, quantity: 2 });
  shard = (await shop.sql.query('SELECT shard FROM "order"')).rows[0].shard;
});
afterAll(() => shop.stop());

const violation = async (text: string, values: unknown[] = []) => {
  const outcome = await shop.sql.query(text, values).then(
    () => 'allowed',
    (error: { constraint?: string; message: string }) => error.constraint ?? error.message,
  );
  // A constraint of a partition is named after the partition.
  return outcome.replace(/_p\d/, '');
};

describe('the database', () => {
  it.each([
    ['a refund beyond what was captured', 'UPDATE payment SET refunded_minor = 1001', 'payment_money'],
    ['a refund of what was not captured', `UPDATE payment SET status = 'VOIDED', refunded_minor = 1`, 'payment_money'],
    ['more refunded than taken', 'UPDATE "order" SET refunded_minor = 1001', 'order_money'],
    ['more taken than the total', 'UPDATE "order" SET captured_minor = 1001', 'order_money'],
    ['a paid order that is not paid', 'UPDATE "order" SET captured_minor = 0', 'order_status'],
    [
      'a cancelled order that keeps money',
      `UPDATE "order" SET status = 'CANCELLED', cancellation_reason = 'REQUESTED'`,
      'order_status',
    ],
    ['a settled order that waits', `UPDATE "order" SET awaiting = 'STOCK'`, 'order_status'],
    ['an unknown state', `UPDATE "order" SET status = 'LOST'`, 'order_status'],
    ['a number of another form', `UPDATE "order" SET number = '17'`, 'order_number'],
    ['more cancelled than ordered', 'UPDATE order_line SET cancelled_quantity = 3', 'order_line_quantity'],
    ['a line of nothing', 'UPDATE order_line SET quantity = 0', 'order_line_quantity'],
    ['a negative price', 'UPDATE order_line SET unit_price_minor = -1', 'order_line_unit_price'],
    ['a cart of nobody', 'UPDATE cart SET customer_id = NULL', 'cart_holder'],
    ['a cart both owned and held by a secret', `UPDATE cart SET secret_hash = sha256('')`, 'cart_holder'],
  ])('refuses %s', async (_, text, constraint) => {
    expect(await violation(text)).toBe(constraint);
  });

  it('refuses an order whose id tells another shard, a second live payment, and a second order of one key', async () => {
    const insert = (id: string, key: string) =>
      violation(
        `INSERT INTO "order" (shard, id, customer_id, status, awaiting, currency_code, total_minor, shipping_address, payment_provider, cart_id, idempotency_key, input_hash, due_at, placed_at)
        SELECT shard, $1, customer_id, 'PLACED', 'STOCK', currency_code, total_minor, shipping_address, payment_provider, cart_id, coalesce($2, idempotency_key), input_hash, now(), now() FROM "order" LIMIT 1`,
        [id, key || null],
      );
    expect(await insert(newShardedUuid((shard + 1) % 4096), 'another-key')).toBe('order_id_tells_shard');
    expect(await insert(newShardedUuid(shard), '')).toContain('idempotency_key');
    const payment = `INSERT INTO payment (shard, id, order_id, provider, status, amount_minor, created_at)
      SELECT shard, $1, id, 'test', 'PENDING', 1000, now() FROM "order" LIMIT 1`;
    expect(await violation(payment, [newUuid()])).toMatch(/payment.*(live_key|shard_order_id)/);
  });

  it('keeps every row in the partition of its shard, with everything of one customer together', async () => {
    for (const table of ['cart', 'cart_line', 'order', 'order_line', 'payment', 'order_history']) {
      const { rows } = await shop.sql.query(`SELECT shard, tableoid::regclass::text AS part FROM "${table}"`);
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows)
        expect([table, row.shard, row.part.replaceAll('"', '')]).toEqual([
          table,
          shard,
          `${table}_p${Math.floor(shard / 512)}`,
        ]);
    }
  });

  it('leads every primary key with the shard, but that of the projection', async () => {
    const { rows } = await shop.sql.query(`
      SELECT c.relname AS table, a.attname AS first FROM pg_index i
      JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
      WHERE i.indisprimary AND NOT c.relispartition AND n.nspname = 'public' AND c.relname <> '_prisma_migrations' ORDER BY 1`);
    expect(rows.filter(({ first }) => first !== 'shard').map(({ table }) => table)).toEqual(['catalogue_variant']);
    expect(rows).toHaveLength(10);
  });

  it('goes to one partition for an order, its lines and a customer’s list', async () => {
    const plan = async (text: string) => {
      const { rows } = await shop.sql.query(`EXPLAIN (FORMAT JSON) ${text}`);
      return new Set(
        JSON.stringify(rows).match(/"Relation Name": ?"[^"]+"/g) ?? JSON.stringify(rows).match(/Relation Name[^,]+/g),
      );
    };
    for (const text of [
      `SELECT * FROM "order" WHERE shard = 7 AND id = '${newShardedUuid(7)}'`,
      `SELECT * FROM order_line WHERE shard = 7 AND order_id = '${newShardedUuid(7)}'`,
      `SELECT * FROM "order" WHERE shard = 7 AND customer_id = '${newUuid()}' ORDER BY id DESC LIMIT 20`,
    ])
      expect((await plan(text)).size).toBe(1);
  });
});
