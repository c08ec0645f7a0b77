import { connect } from '@entrepot/database/database';
import { startConsumer } from '@entrepot/events/consumer';
import { openEventLog } from '@entrepot/events/open-event-log';
import { type Relay, startRelay } from '@entrepot/events/relay';
import type { ShutdownStep } from '@entrepot/http/shutdown';
import { migrationsApplied } from '@entrepot/service/migrations';
import { createReadiness } from '@entrepot/service/readiness';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import type { Config } from './config.ts';
import { onOrderEvents } from './events/on-order-events.ts';
import { serveProducts } from './serve-products.ts';
import { createStores } from './store/stores.ts';

export type StartOptions = { config: Config; logger: Logger; registry: Registry };
/** The running service: where it listens, and how it ends, step by step. */
export type Products = { url: string; relay: Relay; stop: readonly ShutdownStep[] };

/** Starts the whole service: the graph, the relay of its outbox, and the consumer of what happens to orders. */
export async function startProducts({ config, logger, registry }: StartOptions): Promise<Products> {
  const poolSize = config.DATABASE_POOL_SIZE;
  const database = connect({
    url: config.PRODUCTS_DATABASE_URL,
    poolSize,
    applicationName: 'products',
    logger,
    registry,
  });
  const replicaUrl = config.PRODUCTS_REPLICA_URL;
  const replica =
    replicaUrl === undefined
      ? undefined
      : connect({ url: replicaUrl, poolSize, applicationName: 'products-reads', logger, registry });
  const log = await openEventLog(config, 'products', logger);
  const relay = startRelay({ database, log, logger, registry });
  const stores = createStores(database.pool, () => relay.poke());
  const consumer = await startConsumer({
    log,
    name: 'products',
    topics: ['orders'],
    handlers: [onOrderEvents(stores.reservations, logger)],
    logger,
    registry,
  });
  const ready = createReadiness([
    ['database', () => database.pool.query('SELECT 1')],
    ['replica', async () => replica?.pool.query('SELECT 1')],
    ['migrations', migrationsApplied('products', database.pool)],
  ]);
  const server = await serveProducts({ config, logger, registry, database, replica, stores, ready });
  return {
    url: server.url,
    relay,
    stop: [
      ['server', () => server.close()],
      ['consumer', () => consumer.stop()],
      ['relay', () => relay.stop()],
      ['event log', () => log.close()],
      ['database', () => database.close()],
      ['replica', async () => replica?.close()],
    ],
  };
}
