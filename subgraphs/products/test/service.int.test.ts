import { event } from '@entrepot/events/contract';
import { OrderCancelled, OrderPlaced } from '@entrepot/events/contracts/orders';
import type { LogMessage } from '@entrepot/events/log';
import { openEventLog } from '@entrepot/events/open-event-log';
import { newUuid, typeId } from '@entrepot/kernel/ids';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { createTestDatabase } from '@entrepot/testing/test-database';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../src/config.ts';
import { seed } from '../src/seed.ts';
import { startProducts } from '../src/start-products.ts';

const GATEWAY_CREDENTIAL = 'a credential that only tests know of';
const logger = createLogger({ service: 'test', level: 'silent' });

const started: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const stop of started.reverse()) await stop();
});

let url: string;
let log: Awaited<ReturnType<typeof openEventLog>>;
const seen: LogMessage[] = [];

beforeAll(async () => {
  const [database, events] = [await createTestDatabase('products'), await createTestDatabase('empty')];
  started.push(database.drop, events.drop);
  const env = {
    PRODUCTS_DATABASE_URL: database.url,
    PRODUCTS_REPLICA_URL: database.url,
    EVENTS_DATABASE_URL: events.url,
    GATEWAY_CREDENTIAL,
    PORT: '0',
  };
  expect(await seed(database.url)).toEqual({ categories: 21, products: 3_637 });
  expect(await seed(database.url)).toEqual({ categories: 0, products: 0 });

  const config = loadConfig({ ...env, DRAIN_MS: '0', LOG_LEVEL: 'silent' });
  const products = await startProducts({ config, logger, registry: createRegistry('products') });
  for (const [, stop] of products.stop.toReversed()) started.push(stop);
  url = products.url;

  log = await openEventLog(config, 'test', logger);
  started.push(() => log.close());
  const topics = ['catalogue', 'reservations', 'stock-levels'];
  const onBatch = async (messages: readonly LogMessage[]) => {
    seen.push(...messages);
  };
  const subscription = await log.subscribe({ group: 'test', topics, from: 'beginning', onBatch });
  started.push(() => subscription.stop());
});

async function ask(query: string) {
  const headers = { 'content-type': 'application/json', 'x-gateway-credential': GATEWAY_CREDENTIAL };
  const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  // biome-ignore lint/suspicious/noExplicitAny: the shape is in the query text
  const answer: any = await response.json();
  return answer.data;
}

const publish = (...events: ReturnType<typeof event>[]) =>
  log.publish(events.map(({ topic, key, envelope }) => ({ topic, key, envelope })));
const answersTo = (key: string) => seen.filter((message) => message.key === key).map(({ envelope }) => envelope);

describe('the service', () => {
  it('is ready, and tells the world of the catalogue it was seeded with', async () => {
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    const variants = () =>
      new Set(seen.filter(({ envelope }) => envelope.type.includes('variant')).map(({ key }) => key));
    await vi.waitUntil(() => variants().size === 3_637, { timeout: 20_000 });
  });

  it('reserves for an order that it hears of, in the trace of its shopper, and gives back when it is cancelled', async () => {
    const find = '{ variant(sku: "85123A") { id available price { amount } product { category { slug } } } }';
    const { variant } = await ask(find);
    expect(variant).toMatchObject({ price: { amount: '2.95' }, product: { category: { slug: 'lighting' } } });

    const [orderId, customerId] = [typeId('ord', newUuid()), typeId('usr', newUuid())];
    const line = {
      lineId: typeId('line', newUuid()),
      variantId: variant.id,
      sku: '85123A',
      quantity: 3,
      unitPriceMinor: '295',
    };
    const order = { orderId, customerId, number: 'T1', currencyCode: 'GBP', totalMinor: '885', lines: [line] };
    const placed = event(OrderPlaced, order);
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    await publish({ ...placed, envelope: { ...placed.envelope, traceparent } });

    await vi.waitUntil(() => answersTo(orderId).length > 0, { timeout: 10_000 });
    const [answer] = answersTo(orderId);
    expect(answer).toMatchObject({
      type: 'stock.reserved.v1',
      data: { lines: [{ variantId: variant.id, quantity: 3 }] },
    });
    expect(answer?.traceparent).toContain('0af7651916cd43dd8448eb211c80319c');
    expect((await ask(find)).variant.available).toBe(variant.available - 3);

    await publish(event(OrderCancelled, { orderId, customerId, reason: 'PAYMENT_DECLINED' }));
    await vi.waitUntil(async () => (await ask(find)).variant.available === variant.available, { timeout: 10_000 });
    await vi.waitUntil(() => answersTo(variant.id).filter(({ type }) => type.includes('level')).length === 2);
  });
});

describe('the configuration', () => {
  it('lists every problem at once', () => {
    const bad = { PORT: 'x', GATEWAY_CREDENTIAL: 'short', PRODUCTS_DATABASE_URL: 'mysql://x', LOG_LEVEL: 'loud' };
    const problems = ['PORT', 'GATEWAY_CREDENTIAL', 'PRODUCTS_DATABASE_URL', 'LOG_LEVEL', 'KAFKA_BROKERS'];
    for (const problem of problems) expect(() => loadConfig(bad)).toThrow(new RegExp(problem));
  });

  it('needs an event log', () => {
    const env = { GATEWAY_CREDENTIAL, PRODUCTS_DATABASE_URL: 'postgresql://localhost/products' };
    expect(() => loadConfig(env)).toThrow(/EVENTS_DATABASE_URL/);
  });
});
