import { createMemoryStore } from '@entrepot/cache/memory-store';
import { createRedisStore } from '@entrepot/cache/redis-store';
import { openEventLog } from '@entrepot/events/open-event-log';
import { sendError } from '@entrepot/http/respond';
import { listen } from '@entrepot/http/server';
import type { ShutdownStep } from '@entrepot/http/shutdown';
import { Fault } from '@entrepot/kernel/fault';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { createAccessTokens } from './auth/access-tokens.ts';
import { startPurger } from './cache/purge-by-events.ts';
import { createResponseCache } from './cache/response-cache.ts';
import type { Config } from './config.ts';
import { createCors } from './cors.ts';
import { knownOperations } from './operations/known-operations.ts';
import { createRequestMetrics } from './operations/request-metrics.ts';
import { createPipeline } from './pipeline.ts';
import { createSubgraphs } from './subgraphs/data-source.ts';
import { createGeneration } from './supergraph/generation.ts';
import { startGenerations } from './supergraph/generations.ts';

export type StartOptions = { config: Config; logger: Logger; registry: Registry };
/** The running gateway: where it listens, and how it ends, step by step. */
export type Gateway = { url: string; stop: readonly ShutdownStep[] };

/** Where other servers of this kind answer too, and what `Apollo Sandbox` and client tools try first. */
const PATHS = new Set(['/', '/graphql']);

export async function startGateway({ config, logger, registry }: StartOptions): Promise<Gateway> {
  const subgraphs = createSubgraphs({
    credential: config.GATEWAY_CREDENTIAL,
    queryTimeoutMs: config.SUBGRAPH_TIMEOUT_MS,
    mutationTimeoutMs: config.MUTATION_TIMEOUT_MS,
    registry,
  });
  const generations = await startGenerations({
    file: config.SUPERGRAPH,
    logger,
    registry,
    create: (supergraph) =>
      createGeneration({
        supergraph,
        subgraphs,
        subgraphUrls: config.SUBGRAPH_URLS,
        introspection: config.INTROSPECTION,
        landingPage: config.LANDING_PAGE,
        logger,
      }),
  });
  const store =
    config.REDIS_URL === undefined
      ? createMemoryStore({ maxBytes: config.CACHE_MAX_MB * 1024 * 1024 })
      : createRedisStore({ url: config.REDIS_URL, logger });
  const hasLog = config.KAFKA_BROKERS !== undefined || config.EVENTS_DATABASE_URL !== undefined;
  const log = hasLog ? await openEventLog(config, 'gateway', logger) : undefined;
  const purger = log && (await startPurger({ log, store, logger, registry }));
  const pipeline = createPipeline({
    generations,
    accessTokens:
      config.JWKS_URL === undefined
        ? undefined
        : createAccessTokens({ jwksUrl: config.JWKS_URL, issuer: config.ACCESS_TOKEN_ISSUER }),
    cache: createResponseCache({ store, registry, isTrusted: () => purger?.isLive() ?? true }),
    metrics: createRequestMetrics(registry, knownOperations(config.SUPERGRAPH)),
    logger,
    maxBodyBytes: config.MAX_BODY_BYTES,
  });
  const cors = createCors(config.CORS_ORIGINS);
  const server = await listen({
    host: config.HOST,
    port: config.PORT,
    logger,
    registry,
    // A subgraph that is away costs its own fields only, so it is no reason to send clients elsewhere.
    ready: () => [],
    drainMs: config.DRAIN_MS,
    readyDrainMs: config.READY_DRAIN_MS,
    handle: async (request, response) => {
      try {
        if (cors(request, response)) return;
        const path = request.url?.split('?', 1)[0] ?? '/';
        if (!PATHS.has(path))
          throw new Fault('NOT_FOUND', `there is nothing at ${path.slice(0, 100)}: GraphQL is at /`);
        await pipeline(request, response);
      } catch (error) {
        if (!(error instanceof Fault)) throw error;
        sendError(response, error);
      }
    },
  });
  return {
    url: server.url,
    stop: [
      ['server', () => server.close()],
      ['purger', async () => purger?.stop()],
      ['supergraph', () => generations.stop()],
      ['event log', async () => log?.close()],
      ['subgraphs', () => subgraphs.close()],
      ['cache', () => store.close()],
    ],
  };
}
