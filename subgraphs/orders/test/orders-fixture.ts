import { openEventLog } from '@entrepot/events/open-event-log';
import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import { encodeViewer, type Role } from '@entrepot/kernel/viewer';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { createGraphQLClient } from '@entrepot/testing/graphql-client';
import { createTestDatabase } from '@entrepot/testing/test-database';
import pg from 'pg';
import { type Config, loadConfig } from '../src/config.ts';
import { startOrders } from '../src/start-orders.ts';
import { createProductsStandIn, type Variant } from './products-stand-in.ts';

const CREDENTIAL = 'a-credential-of-thirty-two-characters';
const silent = createLogger({ service: 'orders-test', level: process.env.TEST_LOG_LEVEL ?? 'silent' });

export const ADDRESS = { recipient: 'Ann', lines: ['1 High Street'], city: 'London', countryCode: 'GB' };
export type Person = { id: string; viewer: string };
export type OrdersFixture = Awaited<ReturnType<typeof startOrdersFixture>>;

export function aPerson(roles: readonly Role[] = [], kind: 'CUSTOMER' | 'GUEST' = 'CUSTOMER'): Person {
  const id = typeId('usr', newUuid());
  return { id, viewer: encodeViewer({ id, kind, roles }) };
}

const ERRORS = 'userErrors { code path message }';
const CART =
  'cart { id updatedAt lines { sku quantity unitPrice { amount } total { amount } variant { id } } total { amount currencyCode } customer { id } }';
export const ORDER = `id number status cancellationReason total { amount currencyCode } paid { amount } refunded { amount }
  lines { id sku productName variantName quantity cancelledQuantity unitPrice { amount } total { amount } variant { id } }
  payments { id provider status amount { amount } refunded { amount } } history { event detail } trackingCode customer { id }
  shippingAddress { recipient lines city region postalCode countryCode } placedAt`;

/** The orders service on databases of its own, with a stand-in for products that answers as it is told. */
export async function startOrdersFixture(settings: Partial<Record<keyof Config, string>> = {}) {
  const [database, events] = await Promise.all([createTestDatabase('orders'), createTestDatabase('empty')]);
  const env = {
    PORT: '0',
    GATEWAY_CREDENTIAL: CREDENTIAL,
    ORDERS_DATABASE_URL: database.url,
    EVENTS_DATABASE_URL: events.url,
    PAYMENT_ATTEMPT_MS: '400',
    SWEEP_MS: '100',
    STEP_LEASE_MS: '1500',
    DRAIN_MS: '2000',
    ...settings,
  };
  const log = await openEventLog({ EVENTS_DATABASE_URL: events.url }, 'products-stand-in', silent);
  const products = await createProductsStandIn(log);
  const sql = new pg.Pool({ connectionString: database.url, max: 4 });
  sql.on('error', () => {});
  let service: Awaited<ReturnType<typeof launch>> | undefined = await launch(env);
  let url = service.url;
  let deadline: number | undefined;

  const running = () => {
    if (service) return service;
    throw new Error('the service was stopped');
  };

  async function ask(query: string, variables: object = {}, person?: Person) {
    const client = createGraphQLClient(`${url}/graphql`, { 'x-gateway-credential': CREDENTIAL });
    // biome-ignore lint/suspicious/noExplicitAny: what a test asks for, its assertions check.
    return client<any>(query, variables, {
      ...(person && { 'x-viewer': person.viewer }),
      ...(deadline !== undefined && { 'x-request-deadline': String(deadline) }),
    });
  }
  const mutate = async (name: string, input: object, fields: string, person?: Person) => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`;
    const query = `mutation M($input: ${type}!) { ${name}(input: $input) { ${fields} ${ERRORS} } }`;
    const { data, errors } = await ask(query, { input }, person);
    if (errors) throw Object.assign(new Error(errors[0]?.message), { code: errors[0]?.extensions.code });
    return data[name];
  };

  const fixture = {
    env,
    databases: { orders: database.url, events: events.url },
    products,
    sql,
    log,
    registry: () => running().registry,
    ask,
    createCart: (lines: object[], person?: Person) => mutate('createCart', { lines }, `${CART} secret`, person),
    addCartLines: (input: object, person?: Person) => mutate('addCartLines', input, CART, person),
    setCartLine: (input: object, person?: Person) => mutate('setCartLine', input, CART, person),
    claimCart: (input: object, person?: Person) => mutate('claimCart', input, CART, person),
    placeOrder: (input: object, person?: Person) =>
      mutate(
        'placeOrder',
        { idempotencyKey: newUuid(), shippingAddress: ADDRESS, payment: { token: 'tok_ok' }, ...input },
        `order { ${ORDER} }`,
        person,
      ),
    cancelOrder: (input: object, person?: Person) => mutate('cancelOrder', input, `order { ${ORDER} }`, person),
    shipOrder: (input: object, person?: Person) => mutate('shipOrder', input, `order { ${ORDER} }`, person),
    order: async (id: string, person?: Person) =>
      (await ask(`query ($id: ID!) { order(id: $id) { ${ORDER} } }`, { id }, person)).data?.order,

    /** A variant that orders know of. */
    async variant(over: Partial<Variant> = {}): Promise<Variant> {
      const variant = await products.sell(over);
      await until('the variant is known', async () => {
        const { rows } = await sql.query('SELECT version FROM catalogue_variant WHERE id = $1', [
          products.uuidOf(variant),
        ]);
        return rows[0]?.version === variant.version;
      });
      return variant;
    },
    async cartOf(person: Person, ...lines: { sku: string; quantity: number }[]): Promise<string> {
      return (await fixture.createCart(lines, person)).cart.id;
    },
    /** An order that is paid. */
    async paidOrder(person: Person, ...lines: { sku: string; quantity: number }[]) {
      const { order, userErrors } = await fixture.placeOrder(
        { cartId: await fixture.cartOf(person, ...lines) },
        person,
      );
      if (order?.status !== 'PAID') throw new Error(`not paid: ${JSON.stringify(userErrors)}`);
      return order;
    },
    charges: async () => (await sql.query('SELECT * FROM test_provider.charge ORDER BY created_at')).rows,
    async chargeOf(orderId: string) {
      const order = await fixture.order(orderId, aPerson(['ORDER_MANAGER']));
      const keys = order.payments.map(({ id }: { id: string }) => id);
      return (await sql.query('SELECT * FROM test_provider.charge WHERE idempotency_key = ANY($1)', [keys])).rows;
    },
    async refundsOf(orderId: string): Promise<number> {
      const order = await fixture.order(orderId, aPerson(['ORDER_MANAGER']));
      const keys = order.payments.map(({ id }: { id: string }) => id);
      const text = 'SELECT coalesce(sum(amount_minor), 0) AS sum FROM test_provider.refund WHERE charge_key = ANY($1)';
      return Number((await sql.query(text, [keys])).rows[0].sum);
    },
    async statements(): Promise<number> {
      const metric = await running().registry.getSingleMetric('db_statements_total')?.get();
      return metric?.values[0]?.value ?? 0;
    },
    uuidOf: ({ id }: Person) => requireUuid('usr', id),
    /** Sends what `act` asks with the time when its caller stops waiting. */
    async withDeadline<T>(at: number, act: () => Promise<T>): Promise<T> {
      deadline = at;
      return act().finally(() => {
        deadline = undefined;
      });
    },
    /** Asks another process than the fixture's own; returns where it asks. */
    askAt(another: string | undefined): string {
      url = another ?? url;
      return url;
    },
    /** Locks the event log's tables, so that nothing can be published. */
    async lockLog() {
      const client = new pg.Client({ connectionString: events.url });
      await client.connect();
      const { rows } = await client.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
      await client.query('BEGIN');
      for (const { tablename } of rows) await client.query(`LOCK TABLE "${tablename}"`);
      return { release: () => client.end() };
    },
    async stopService(): Promise<void> {
      await service?.stop();
      service = undefined;
    },
    async startService(more: Partial<Record<keyof Config, string>> = {}): Promise<void> {
      service = await launch({ ...env, ...more });
      url = service.url;
    },
    async stop(): Promise<void> {
      await fixture.stopService();
      await products.stop();
      await log.close();
      await sql.end();
      await Promise.all([database.drop(), events.drop()]);
    },
  };
  return fixture;
}

async function launch(env: Record<string, string>) {
  const registry = createRegistry('orders-test');
  const { url, stop } = await startOrders({ config: loadConfig(env), logger: silent, registry });
  return {
    url,
    registry,
    stop: async () => {
      for (const [, step] of stop) await step();
    },
  };
}

/** Asks again and again until the condition holds; gives up with its name. */
export async function until(what: string, holds: () => Promise<boolean> | boolean, timeoutMs = 25_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}
