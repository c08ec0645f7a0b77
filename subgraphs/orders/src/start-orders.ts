import { connect } from '@entrepot/database/database';
import { startConsumer } from '@entrepot/events/consumer';
import { openEventLog } from '@entrepot/events/open-event-log';
import { startRelay } from '@entrepot/events/relay';
import type { ShutdownStep } from '@entrepot/http/shutdown';
import { createReadiness } from '@entrepot/service/readiness';
import { startSubgraph } from '@entrepot/service/subgraph-server';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import pg from 'pg';
import { createCheckout } from './checkout.ts';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { onStockAnswered } from './events/on-stock-answered.ts';
import { onVariantChanged } from './events/on-variant-changed.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { createPaymentDesk, type PaymentDesk } from './payment/payment-desk.ts';
import { createProviders, type ProviderNotice } from './payment/provider.ts';
import { createTestProvider } from './payment/test-provider.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { createCartStore } from './store/cart-store.ts';
import { createCatalogueStore } from './store/catalogue-store.ts';
import { createOrderReads } from './store/order-reads.ts';
import { createOrderStore } from './store/order-store.ts';
import { createOutcomes } from './store/outcomes.ts';
import { createSweepStore } from './store/sweep-store.ts';
import { startSweeper } from './sweeper.ts';

export type StartOptions = { config: Config; logger: Logger; registry: Registry };
/** The running service: where it listens, and how it ends, step by step. */
export type Orders = { url: string; stop: readonly ShutdownStep[] };

/** The test provider is an outside party: what it does must not wait for our connections, nor ours for its. */
const TEST_PROVIDER_CONNECTIONS = 8;

/**
 * Statements are prepared and go to one partition by their parameters. Left to itself PostgreSQL plans such a statement
 * anew each time, for that partition: 5.9 ms of its CPU for an order from cart to PAID. Planned once and pruned when it
 * runs: 3.3 ms.
 */
const PLAN_ONCE = '-c plan_cache_mode=force_generic_plan';

/** Starts the whole service: the graph, the outbox's relay, the consumers, the payment desk and the sweeper. */
export async function startOrders({ config, logger, registry }: StartOptions): Promise<Orders> {
  const url = config.ORDERS_DATABASE_URL;
  const poolSize = config.DATABASE_POOL_SIZE;
  const database = connect({ url, poolSize, applicationName: 'orders', serverOptions: PLAN_ONCE, logger, registry });
  const { pool } = database;
  const prisma = new PrismaClient({ adapter: database.adapter });
  const replica = openReplica(config, { logger, registry });

  const log = await openEventLog(config, 'orders', logger);
  const relay = startRelay({ database, log, logger, registry });
  const now = () => new Date();
  const orders = createOrderStore({ pool, poke: () => relay.poke(), now, leaseMs: config.STEP_LEASE_MS });
  const sweeps = createSweepStore(pool, config.STEP_LEASE_MS);
  const carts = createCartStore(pool);
  const outcomes = createOutcomes({ pool, connect: database.dedicated, logger, registry });

  const books = new pg.Pool({
    connectionString: url,
    max: TEST_PROVIDER_CONNECTIONS,
    application_name: 'test-provider',
    connectionTimeoutMillis: 5_000,
  });
  books.on('error', (error) => logger.warn({ err: error }, 'the test provider lost a connection'));
  // Called only once the desk is open: nobody answers before being asked.
  const callBack = (notice: ProviderNotice) =>
    void desk.onNotice(notice).catch((error: unknown) => logger.error({ err: error }, 'a call back was not handled'));
  const providers = createProviders([createTestProvider(books, callBack)]);
  const desk: PaymentDesk = createPaymentDesk({
    orders,
    sweeps,
    providers,
    policy: { attemptMs: config.PAYMENT_ATTEMPT_MS, attempts: config.PAYMENT_ATTEMPTS },
    concurrency: config.PAYMENT_CONCURRENCY,
    now,
    logger,
    registry,
  });
  orders.onSaved((saved) => {
    outcomes.tell(saved.map(({ order }) => order));
    desk.follow(saved);
  });

  const consumer = { log, logger, registry };
  const [catalogue, reservations] = await Promise.all([
    startConsumer({
      ...consumer,
      name: 'orders-catalogue',
      topics: ['catalogue'],
      handlers: [onVariantChanged(createCatalogueStore(pool))],
    }),
    startConsumer({
      ...consumer,
      name: 'orders-reservations',
      topics: ['reservations'],
      handlers: [onStockAnswered(orders)],
    }),
  ]);
  const sweeper = startSweeper({ orders, sweeps, desk, intervalMs: config.SWEEP_MS, logger, registry });

  const parts = {
    orders,
    carts,
    reads: createOrderReads(pool, prisma, replica?.prisma),
    placeOrder: createCheckout({ orders, carts, outcomes, providers: providers.names, now }),
  };
  const server = await startSubgraph({
    name: 'orders',
    config,
    logger,
    registry,
    resolvers,
    context: (scope) => createContext(parts, scope),
    ready: createReadiness([['database', () => pool.query('SELECT 1')]]),
  });
  return {
    url: server.url,
    // Requests first: some of them wait for what the other parts do.
    stop: [
      ['server', () => server.close()],
      ['consumers', () => Promise.all([catalogue.stop(), reservations.stop()])],
      ['sweeper', () => sweeper.stop()],
      ['payments', () => desk.stop()],
      ['outcomes', () => outcomes.close()],
      ['relay', () => relay.stop()],
      ['event log', () => log.close()],
      ['test provider', () => books.end()],
      ['replica', async () => replica?.close()],
      ['database', () => prisma.$disconnect().then(() => database.close())],
    ],
  };
}

function openReplica(config: Config, { logger, registry }: Pick<StartOptions, 'logger' | 'registry'>) {
  const { ORDERS_REPLICA_URL: url, DATABASE_POOL_SIZE: poolSize } = config;
  if (url === undefined) return undefined;
  const { adapter, close } = connect({ url, poolSize, applicationName: 'orders-reads', logger, registry });
  return { prisma: new PrismaClient({ adapter }), close };
}
