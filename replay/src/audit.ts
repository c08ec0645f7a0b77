import { typeId } from '@entrepot/kernel/ids';
import pg from 'pg';

export type AuditTargets = {
  users: string;
  products: string;
  orders: string;
  /** The database of the table log; undefined with Kafka. */
  events: string | undefined;
  /** Every process of the shop, asked for its metrics. */
  services: readonly { url: string }[];
};
export type Finding = { check: string; found: string[] };
/** What the shop acknowledged to its customers, to be held against what it has. */
export type Acknowledged = { orderIds: readonly string[] };

/** Findings of one check that are shown; there may be more. */
const SHOWN = 10;

type Check = { name: string; database: 'products' | 'orders'; sql: string };

/** Each names a promise; its statement returns a row, of one text, for every place where the promise is broken. */
const CHECKS: readonly Check[] = [
  {
    name: 'every stock level equals its ledger',
    database: 'products',
    sql: `SELECT v.sku || ': level ' || s.on_hand || '/' || s.reserved || ', ledger ' || coalesce(m.on_hand, 0) || '/' || coalesce(m.reserved, 0)
          FROM stock s JOIN variant v ON v.id = s.variant_id
          LEFT JOIN (SELECT variant_id, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved
                     FROM stock_movement GROUP BY variant_id) m ON m.variant_id = s.variant_id
          WHERE s.on_hand <> coalesce(m.on_hand, 0) OR s.reserved <> coalesce(m.reserved, 0)`,
  },
  {
    name: 'nothing below zero, nothing promised that is not there',
    database: 'products',
    sql: `SELECT v.sku || ': ' || s.on_hand || ' on hand, ' || s.reserved || ' reserved'
          FROM stock s JOIN variant v ON v.id = s.variant_id WHERE s.on_hand < 0 OR s.reserved < 0 OR s.reserved > s.on_hand`,
  },
  {
    name: 'every stock level equals its reservations',
    database: 'products',
    sql: `SELECT v.sku || ': ' || s.reserved || ' reserved, ' || coalesce(r.held, 0) || ' held by orders'
          FROM stock s JOIN variant v ON v.id = s.variant_id
          LEFT JOIN (SELECT variant_id, sum(quantity) AS held FROM reservation WHERE state = 'HELD' GROUP BY variant_id) r
            ON r.variant_id = s.variant_id
          WHERE s.reserved <> coalesce(r.held, 0)`,
  },
  {
    name: 'every order is settled',
    database: 'orders',
    sql: `SELECT number || ' is still ' || status FROM "order" WHERE status = 'PLACED'`,
  },
  {
    name: 'the total of an order is the sum of its lines',
    database: 'orders',
    sql: `SELECT o.number || ': ' || o.total_minor || ', lines ' || l.total
          FROM "order" o JOIN (SELECT shard, order_id, sum(unit_price_minor * quantity) AS total FROM order_line GROUP BY shard, order_id) l
            ON l.shard = o.shard AND l.order_id = o.id
          WHERE o.total_minor <> l.total`,
  },
  {
    name: 'what is paid and not refunded is the sum of what was ordered and not cancelled',
    database: 'orders',
    sql: `SELECT o.number || ' (' || o.status || '): paid ' || o.captured_minor - o.refunded_minor || ', due ' || l.due
          FROM "order" o JOIN (SELECT shard, order_id, sum(unit_price_minor * (quantity - cancelled_quantity)) AS due
                               FROM order_line GROUP BY shard, order_id) l
            ON l.shard = o.shard AND l.order_id = o.id
          WHERE o.captured_minor - o.refunded_minor <> CASE WHEN o.status IN ('PAID', 'SHIPPED') THEN l.due ELSE 0 END`,
  },
  {
    name: 'the provider gave back what the orders say was refunded',
    database: 'orders',
    sql: `SELECT 'orders ' || o.refunded || ', provider ' || p.refunded
          FROM (SELECT coalesce(sum(refunded_minor), 0) AS refunded FROM "order") o,
               (SELECT coalesce(sum(amount_minor), 0) AS refunded FROM test_provider.refund) p
          WHERE o.refunded <> p.refunded`,
  },
  {
    name: 'no idempotency key made two orders',
    database: 'orders',
    sql: `SELECT idempotency_key || ': ' || count(*) || ' orders' FROM "order" GROUP BY customer_id, idempotency_key HAVING count(*) > 1`,
  },
];

/** Holds the databases against the promises of the shop; each finding is a promise broken, with the places. */
export async function audit(targets: AuditTargets, acknowledged: Acknowledged): Promise<Finding[]> {
  const products = await open(targets.products);
  const orders = await open(targets.orders);
  const users = await open(targets.users);
  try {
    const findings: Finding[] = [];
    for (const { name, database, sql } of CHECKS) {
      findings.push({ check: name, found: await column(database === 'products' ? products : orders, sql) });
    }
    findings.push(...(await compareCharges(orders)));
    findings.push({ check: 'reserved stock is that of open orders', found: await compareReserved(products, orders) });
    findings.push({ check: 'every acknowledged order exists once', found: await missing(orders, acknowledged) });
    findings.push({ check: 'every outbox is empty', found: await outboxes({ products, orders, users }) });
    findings.push({
      check: 'no dead letters',
      found: [...(await deadLetters(targets.events)), ...(await buried(targets.services))],
    });
    return findings;
  } finally {
    await Promise.all([products, orders, users].map((client) => client.end()));
  }
}

/** What the products service holds for orders against what the orders service has open: two databases, one truth. */
async function compareReserved(products: pg.Client, orders: pg.Client): Promise<string[]> {
  const held = await products.query<{ order_id: string; variant_id: string; quantity: string }>(
    `SELECT order_id, variant_id, quantity FROM reservation WHERE state = 'HELD'`,
  );
  const open = await orders.query<{ order_id: string; variant_id: string; quantity: string }>(
    `SELECT l.order_id, l.variant_id, sum(l.quantity - l.cancelled_quantity) AS quantity
     FROM order_line l JOIN "order" o ON o.shard = l.shard AND o.id = l.order_id
     WHERE o.status = 'PAID' GROUP BY l.order_id, l.variant_id HAVING sum(l.quantity - l.cancelled_quantity) > 0`,
  );
  const key = ({ order_id, variant_id }: { order_id: string; variant_id: string }) =>
    `order ${order_id}, variant ${variant_id}`;
  const wanted = new Map(open.rows.map((row) => [key(row), Number(row.quantity)]));
  const got = new Map(held.rows.map((row) => [key(row), Number(row.quantity)]));
  return [...new Set([...wanted.keys(), ...got.keys()])]
    .filter((name) => wanted.get(name) !== got.get(name))
    .map((name) => `${name}: ${got.get(name) ?? 0} reserved, ${wanted.get(name) ?? 0} open`);
}

/** What the payment provider took against what the orders say was taken. Its idempotency keys are our payments' ids. */
async function compareCharges(orders: pg.Client): Promise<Finding[]> {
  const charges = await orders.query<{ key: string; amount: string }>(
    `SELECT idempotency_key AS key, amount_minor AS amount FROM test_provider.charge WHERE status = 'CAPTURED'`,
  );
  const payments = await orders.query<{ id: string; number: string; captured: string }>(
    `SELECT p.id, o.number, o.captured_minor AS captured FROM payment p JOIN "order" o ON o.shard = p.shard AND o.id = p.order_id`,
  );
  const orderOf = new Map(payments.rows.map(({ id, number }) => [typeId('pay', id), number]));
  const taken = new Map<string, bigint[]>();
  for (const { key, amount } of charges.rows) {
    const number = orderOf.get(key);
    if (number !== undefined) taken.set(number, [...(taken.get(number) ?? []), BigInt(amount)]);
  }
  const captured = new Map(payments.rows.map(({ number, captured }) => [number, BigInt(captured)]));
  const unlike = [...captured].flatMap(([number, amount]) => {
    const amounts = taken.get(number) ?? [];
    const total = amounts.reduce((sum, one) => sum + one, 0n);
    return total === amount && amounts.length <= 1
      ? []
      : [`${number}: ${amount} captured, the provider took ${amounts.join(' + ') || 0}`];
  });
  return [
    { check: 'the provider took, for each order, what the order says was taken: once', found: unlike.slice(0, SHOWN) },
    {
      check: 'the provider has no charge without an order',
      found: charges.rows
        .filter(({ key }) => !orderOf.has(key))
        .map(({ key }) => key)
        .slice(0, SHOWN),
    },
  ];
}

async function missing(orders: pg.Client, { orderIds }: Acknowledged): Promise<string[]> {
  const { rows } = await orders.query<{ id: string; status: string; count: string }>(
    'SELECT id, count(*) FROM "order" GROUP BY id',
  );
  const counts = new Map(rows.map(({ id, count }) => [id, Number(count)]));
  const twice = orderIds.filter((id, index) => orderIds.indexOf(id) !== index);
  return [
    ...orderIds.filter((id) => counts.get(id) !== 1).map((id) => `${id}: ${counts.get(id) ?? 0} times`),
    ...twice.map((id) => `${id}: acknowledged for two invoices`),
  ];
}

async function outboxes(clients: Record<string, pg.Client>): Promise<string[]> {
  const counts = await Promise.all(
    Object.entries(clients).map(async ([name, client]) => {
      const [count] = await column(client, 'SELECT count(*)::text FROM outbox');
      return count === '0' ? [] : [`${name}: ${count} events`];
    }),
  );
  return counts.flat();
}

/** What consumers have made dead letters of since they were started, on whichever log. */
async function buried(services: AuditTargets['services']): Promise<string[]> {
  const pages = await Promise.all(services.map(async ({ url }) => (await fetch(`${url}/metrics`)).text()));
  const counts = pages.flatMap((page) => [...page.matchAll(/^dead_letters_total\{consumer="([^"]*)"[^}]*\} (\d+)$/gm)]);
  return counts.filter(([, , count]) => count !== '0').map(([, consumer, count]) => `${consumer}: ${count}`);
}

/** Dead letters that lie in the table log. */
async function deadLetters(events: string | undefined): Promise<string[]> {
  if (events === undefined) return [];
  const client = await open(events);
  try {
    return await column(client, `SELECT left(envelope, 300) FROM log_message WHERE topic = 'dead-letters'`);
  } finally {
    await client.end();
  }
}

async function open(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'replay-audit' });
  await client.connect();
  return client;
}

/** The first column of the rows, as text, up to a number worth reading. */
async function column(client: pg.Client, sql: string): Promise<string[]> {
  const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' });
  const texts = rows.map(([text]) => text ?? '');
  return texts.length > SHOWN ? [...texts.slice(0, SHOWN), `… and ${texts.length - SHOWN} more`] : texts;
}
