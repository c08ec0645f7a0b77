import { connect } from '@entrepot/database/database';
import { openEventLog } from '@entrepot/events/open-event-log';
import { type Relay, startRelay } from '@entrepot/events/relay';
import { sendJson } from '@entrepot/http/respond';
import type { ShutdownStep } from '@entrepot/http/shutdown';
import { migrationsApplied } from '@entrepot/service/migrations';
import { createReadiness } from '@entrepot/service/readiness';
import { startSubgraph } from '@entrepot/service/subgraph-server';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { createAccessTokens } from './access-tokens.ts';
import type { Config } from './config.ts';
import { createContext } from './context.ts';
import { PrismaClient } from './generated/prisma/client.ts';
import { createPasswords } from './passwords.ts';
import { resolvers } from './resolvers/resolvers.ts';
import { createIssuer } from './sessions.ts';
import { createAddressStore } from './store/address-store.ts';
import { createSessionStore, type SessionStore } from './store/session-store.ts';
import { createThrottleStore } from './store/throttle-store.ts';
import { createUserStore } from './store/user-store.ts';

export type StartOptions = { config: Config; logger: Logger; registry: Registry };
/** The running service: where it listens, and how it ends, step by step. */
export type Users = { url: string; relay: Relay; stop: readonly ShutdownStep[] };

const PRUNE_MS = 10 * 60_000;

/** Starts the whole service: the graph, the public key, and the relay of its outbox. */
export async function startUsers({ config, logger, registry }: StartOptions): Promise<Users> {
  const accessTokens = await createAccessTokens(config.ACCESS_TOKEN_PRIVATE_KEY, config.ACCESS_TOKEN_TTL_S);
  const database = connect({
    url: config.USERS_DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    applicationName: 'users',
    logger,
    registry,
  });
  const { pool } = database;
  const log = await openEventLog(config, 'users', logger);
  const relay = startRelay({ database, log, logger, registry });
  const poke = () => relay.poke();
  const prisma = new PrismaClient({ adapter: database.adapter });
  const sessions = createSessionStore(pool);
  const parts = {
    prisma,
    users: createUserStore(pool, poke),
    addresses: createAddressStore(pool, poke),
    sessions,
    throttle: createThrottleStore(prisma),
    passwords: await createPasswords(),
    issuer: createIssuer(accessTokens, config.REFRESH_TOKEN_TTL_S),
  };
  const pruning = setInterval(() => prune(sessions, logger), PRUNE_MS).unref();
  const server = await startSubgraph({
    name: 'users',
    config,
    logger,
    registry,
    resolvers,
    context: (scope) => createContext(scope, parts),
    ready: createReadiness([
      ['database', () => pool.query('SELECT 1')],
      ['event log', () => log.ping()],
      ['migrations', migrationsApplied('users', pool)],
    ]),
    routes: {
      '/.well-known/jwks.json': (_, response) =>
        sendJson(response, 200, accessTokens.jwks, { 'cache-control': 'public, max-age=300' }),
    },
  });
  return {
    url: server.url,
    relay,
    stop: [
      ['server', () => server.close()],
      ['pruning', async () => clearInterval(pruning)],
      ['relay', () => relay.stop()],
      ['event log', () => log.close()],
      ['database', () => database.close()],
    ],
  };
}

function prune(sessions: SessionStore, logger: Logger): void {
  sessions.prune().catch((error: unknown) => logger.warn({ err: error }, 'old sessions could not be pruned'));
}
