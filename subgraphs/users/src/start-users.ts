import { connect } from '@entrepot/database/database';
import { openEventLog } from '@entrepot/events/open-event-log';
import { type Relay, startRelay } from '@entrepot/events/relay';
import type { ShutdownStep } from '@entrepot/http/shutdown';
import { migrationsApplied } from '@entrepot/service/migrations';
import { createReadiness } from '@entrepot/service/readiness';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import type { Config } from './config.ts';
import { startPruning } from './pruning.ts';
import { serveUsers } from './serve-users.ts';
import { createStores } from './store/stores.ts';

export type StartOptions = { config: Config; logger: Logger; registry: Registry };
/** The running service: where it listens, and how it ends, step by step. */
export type Users = { url: string; relay: Relay; stop: readonly ShutdownStep[] };

/** Starts the whole service: the graph, the public key, and the relay of its outbox. */
export async function startUsers({ config, logger, registry }: StartOptions): Promise<Users> {
  const database = connect({
    url: config.USERS_DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'users',
    logger,
    registry,
  });
  const log = await openEventLog(config, 'users', logger);
  const relay = startRelay({ database, log, logger, registry });
  const stores = createStores(database.pool, () => relay.poke());
  const ready = createReadiness([
    ['database', () => database.pool.query('SELECT 1')],
    ['migrations', migrationsApplied('users', database.pool)],
  ]);
  const server = await serveUsers({ config, logger, registry, database, stores, ready });
  const pruning = startPruning(stores, logger);
  return {
    url: server.url,
    relay,
    stop: [
      ['server', () => server.close()],
      ['pruning', async () => pruning.stop()],
      ['relay', () => relay.stop()],
      ['event log', () => log.close()],
      ['database', () => database.close()],
    ],
  };
}
