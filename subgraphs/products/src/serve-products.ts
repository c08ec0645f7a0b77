import type { Database } from '@entrepot/database/database';
import type { Listening } from '@entrepot/http/server';
import { startSubgraph } from '@entrepot/service/subgraph-server';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { createReads } from './store/reads.ts';
import type { Stores } from './store/stores.ts';

export type ServeOptions = {
  config: Pick<Config, 'HOST' | 'PORT' | 'GATEWAY_CREDENTIAL' | 'DRAIN_MS' | 'READY_DRAIN_MS'>;
  logger: Logger;
  registry: Registry;
  database: Database;
  /** Where requests read that have not written; the primary when there is none. */
  replica: Database | undefined;
  stores: Stores;
  ready: () => Promise<readonly string[]>;
};

/** Serves the products graph from a database. */
export function serveProducts(options: ServeOptions): Promise<Listening> {
  const { config, logger, registry, database, replica, stores, ready } = options;
  const prisma = new PrismaClient({ adapter: database.adapter });
  const createRequestReads = () => createReads(database.pool, replica?.pool);
  return startSubgraph({
    name: 'products',
    config,
    logger,
    registry,
    resolvers,
    context: (scope) => createContext(scope, { stores, prisma, createReads: createRequestReads }),
    ready,
  });
}
