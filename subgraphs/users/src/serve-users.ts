import type { Database } from '@entrepot/database/database';
import { sendJson } from '@entrepot/http/respond';
import type { Listening } from '@entrepot/http/server';
import { startSubgraph } from '@entrepot/service/subgraph-server';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { createAccessTokens } from './auth/access-tokens.ts';
import { createIssuer } from './auth/issuer.ts';
import { measurePasswords } from './auth/password-metrics.ts';
import { createPasswords } from './auth/passwords.ts';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { resolvers } from './resolvers/resolvers.ts';
import type { Stores } from './store/stores.ts';
import { createUserReader } from './store/user-reader.ts';

export type ServeOptions = {
  config: Pick<
    Config,
    | 'HOST'
    | 'PORT'
    | 'GATEWAY_CREDENTIAL'
    | 'DRAIN_MS'
    | 'READY_DRAIN_MS'
    | 'ACCESS_TOKEN_PRIVATE_KEY'
    | 'ACCESS_TOKEN_TTL_S'
    | 'REFRESH_TOKEN_TTL_S'
  >;
  logger: Logger;
  registry: Registry;
  database: Database;
  stores: Stores;
  ready: () => Promise<readonly string[]>;
};

/** Serves the users graph from a database, and beside it the key that verifies access tokens. */
export async function serveUsers(options: ServeOptions): Promise<Listening> {
  const { config, logger, registry, database, stores, ready } = options;
  const accessTokens = await createAccessTokens(config.ACCESS_TOKEN_PRIVATE_KEY, config.ACCESS_TOKEN_TTL_S);
  const passwords = await createPasswords();
  measurePasswords(passwords, registry);
  const parts = {
    ...stores,
    prisma: new PrismaClient({ adapter: database.adapter }),
    reader: createUserReader(database.pool),
    passwords,
    issuer: createIssuer(accessTokens, config.REFRESH_TOKEN_TTL_S),
  };
  return startSubgraph({
    name: 'users',
    config,
    logger,
    registry,
    resolvers,
    context: (scope) => createContext(scope, parts),
    ready,
    routes: {
      '/.well-known/jwks.json': (_, response) =>
        sendJson(response, 200, accessTokens.jwks, { 'cache-control': 'public, max-age=300' }),
    },
  });
}
