import { randomUUID } from 'node:crypto';
import { openStore } from '@entrepot/cache/open-store';
import { TOPICS } from '@entrepot/events/contract';
import { openEventLog } from '@entrepot/events/open-event-log';
import { listen } from '@entrepot/http/server';
import type { ShutdownStep } from '@entrepot/http/shutdown';
import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { createAtOnce } from './answer-at-once.ts';
import { createWayTo } from './answer-unread.ts';
import { createAccessTokens } from './auth/access-tokens.ts';
import { createAuthorize } from './auth/authorize.ts';
import { createKeySource } from './auth/jwks.ts';
import { createEntityCache } from './cache/entity-cache.ts';
import { createFindAtOnce, createFindLater } from './cache/find-at-once.ts';
import { noPurging, startPurging } from './cache/purge-by-events.ts';
import { createPurgeEndpoint, PURGE_PATH } from './cache/purge-endpoint.ts';
import { createResponseCache } from './cache/response-cache.ts';
import type { Config } from './config.ts';
import { createCors } from './cors.ts';
import { createFormatError } from './execute/format-error.ts';
import { createAdmission, OVERLOADED } from './limits/admission.ts';
import { createHopeless } from './limits/hopeless.ts';
import { limitsOf } from './limits/limits-of.ts';
import { checkLimits } from './limits/operation-limits.ts';
import { createPriorities } from './limits/priority.ts';
import { createRateLimit } from './limits/rate-limit.ts';
import { watchLag } from './limits/watch-lag.ts';
import { createMayBegin } from './may-begin.ts';
import { createMetrics } from './metrics.ts';
import { createApollo } from './operations/apollo.ts';
import { createDocuments } from './operations/documents.ts';
import { readKnownOperations } from './operations/known-operations.ts';
import { createReader } from './operations/read-operations.ts';
import { createSharedQueries } from './operations/shared-queries.ts';
import { createValidation } from './operations/validation.ts';
import { createPipeline, createReadAgain, type PipelineParts } from './pipeline.ts';
import { createPrepareStream } from './prepare-stream.ts';
import { createRollOf } from './roll.ts';
import { createHandler, PATHS } from './server.ts';
import { purgeEverywhere, type Siblings } from './sibling-purges.ts';
import { loadGatewayModule } from './subgraphs/gateway-module.ts';
import { createSubgraphs } from './subgraphs/subgraphs.ts';
import { createHub } from './subscriptions/hub.ts';
import { createLiveGraphs } from './subscriptions/live-graphs.ts';
import { openSubscriptions } from './subscriptions/open-subscriptions.ts';
import { createSubscriptionMetrics } from './subscriptions/subscription-metrics.ts';
import { createGeneration, type GenerationOptions } from './supergraph/generation.ts';
import { createRules } from './supergraph/rules.ts';
import { openSupergraph } from './supergraph/supergraph.ts';

export type StartOptions = {
  config: Config;
  logger: Logger;
  registry: Registry;
  /** What `/metrics` answers, when that is more than the registry of this process. */
  metricsText?: (() => Promise<string>) | undefined;
  /** Where this is one of several workers: the others. */
  siblings?: Siblings | undefined;
};
/** The running gateway: where it listens, and how it ends, step by step. */
export type Gateway = { url: string; stop: readonly ShutdownStep[] };

const MEGABYTE = 1024 * 1024;

/** Starts the whole gateway. @throws Error in one clear sentence when the supergraph or the port cannot be used */
export async function startGateway(options: StartOptions): Promise<Gateway> {
  const { config, logger, registry, metricsText, siblings } = options;
  const known = readKnownOperations(config.OPERATIONS);
  const metrics = createMetrics(registry, known.names);
  const limits = limitsOf(config);
  const { buildService, plugins, evaluatePolicies } = await loadGatewayModule(config.GATEWAY_MODULE);
  const subgraphs = createSubgraphs({
    urls: config.SUBGRAPH_URLS,
    healthPaths: config.SUBGRAPH_HEALTH,
    credential: config.GATEWAY_CREDENTIAL,
    timeoutMs: config.SUBGRAPH_TIMEOUT_MS,
    buildService,
    metrics,
    logger,
  });
  const validate = createValidation(config.INTROSPECTION);
  const generationOptions: GenerationOptions = {
    connect: subgraphs.of,
    validate,
    introspection: config.INTROSPECTION,
    logger,
  };
  const liveGraphs = createLiveGraphs();
  let onNewGraph = () => {};
  const supergraph = await openSupergraph({
    file: config.SUPERGRAPH,
    create: async (sdl) => liveGraphs.learn(await createGeneration(sdl, generationOptions), sdl),
    onReload(outcome) {
      metrics.reload(outcome);
      if (outcome === 'ok') onNewGraph();
    },
    logger,
  });

  const store = openStore(
    { redisUrl: config.REDIS_URL, redisTimeoutMs: config.REDIS_TIMEOUT_MS, maxBytes: config.CACHE_MAX_MB * MEGABYTE },
    logger,
  );
  // Events reach every worker by themselves, and what is in Redis is common to all.
  const purgeable = siblings && config.REDIS_URL === undefined ? purgeEverywhere(store, siblings) : store;
  const hasEvents = config.KAFKA_BROKERS !== undefined || config.EVENTS_DATABASE_URL !== undefined;
  const subscriptionMetrics = createSubscriptionMetrics(registry);
  const hub = createHub({ onHeard: subscriptionMetrics.heard });
  const purging = hasEvents
    ? startPurging({
        openLog: () => openEventLog(config, 'gateway', logger),
        topics: TOPICS,
        group: `gateway-cache-${randomUUID()}`,
        store,
        onPurged: metrics.purged,
        onEvents: hub.publish,
        onMissed: hub.missed,
        logger,
      })
    : noPurging;
  metrics.watch('cache_ready', '1 while the response cache serves and stores', () => store.isReady());
  metrics.watch('cache_events_live', '1 while events purge the response cache', () => purging.isLive());

  const rates =
    config.RATE_LIMIT === 0
      ? undefined
      : createRateLimit({
          rate: { perMinute: config.RATE_LIMIT, burst: config.RATE_BURST ?? config.RATE_LIMIT },
          trustedProxies: config.TRUSTED_PROXIES,
          redisUrl: config.REDIS_URL,
          redisTimeoutMs: config.REDIS_TIMEOUT_MS,
          logger,
          onTaken: metrics.rate,
          onBypass: metrics.rateBypassed,
        });

  const admission = createAdmission({
    maxRunning: config.MAX_RUNNING,
    maxWaiting: config.MAX_WAITING,
    maxWaitMs: config.MAX_WAIT_MS,
    onRefused: metrics.refused,
  });
  metrics.watchLanes({
    checkout: () => admission.state('checkout'),
    browse: () => admission.state('browse'),
  });
  const stopWatching = watchLag(admission.tick);
  const priorities = createPriorities(config.CHECKOUT_OPERATIONS);
  const hopeless = createHopeless();

  const sharedQueries =
    config.REDIS_URL === undefined
      ? undefined
      : createSharedQueries({ url: config.REDIS_URL, commandTimeoutMs: config.REDIS_TIMEOUT_MS, logger });
  const apollo = createApollo({
    plugins,
    hasLandingPage: config.LANDING_PAGE,
    introspection: config.INTROSPECTION,
    formatError: createFormatError(logger),
    schema: () => supergraph.current().schema,
    logger,
  });
  await apollo.start();
  const wholeWayParts: Omit<PipelineParts, 'atOnce'> = {
    admission,
    priorities,
    hopeless,
    apollo,
    validate,
    rulesOf: createRules({ defaultListSize: config.COST_DEFAULT_LIST_SIZE, maxPageSize: config.MAX_PAGE_SIZE }),
    authorize: createAuthorize({ evaluatePolicies, isAllOrNothing: config.AUTH_REJECT_UNAUTHORIZED, logger }),
    maxCost: config.MAX_COST,
    read: createReader({ maxBatch: config.MAX_BATCH, variables: limits.variables }),
    accessTokens:
      config.JWKS_URL === undefined
        ? undefined
        : createAccessTokens({
            keys: createKeySource(config.JWKS_URL, logger),
            issuer: config.ACCESS_TOKEN_ISSUER,
            audience: config.ACCESS_TOKEN_AUDIENCE,
          }),
    documents: createDocuments({
      known,
      isTrustedOnly: config.TRUSTED_ONLY,
      shared: sharedQueries,
      limits: limits.document,
      check: (document) => checkLimits(document, limits.operation),
    }),
    rates,
    responses: createResponseCache({
      store: purgeable,
      ttlLimitMs: purging.ttlLimitMs,
      onRefresh: metrics.cacheRefresh,
    }),
    entities: config.ENTITY_CACHE
      ? createEntityCache({
          store,
          ttlLimitMs: purging.ttlLimitMs,
          onLookUp: metrics.cachedEntities,
          onRefresh: metrics.cacheRefresh,
          takeTurn: (kind) => admission.admit('background', kind),
        })
      : undefined,
    generation: supergraph.current,
    metrics,
    logger,
    timeoutMs: config.SUBGRAPH_TIMEOUT_MS,
    mutationTimeoutMs: config.MUTATION_TIMEOUT_MS,
    rollOf: createRollOf(config.TRUSTED_PROXIES),
  };
  const atOnce = createAtOnce({
    ...wholeWayParts,
    findAtOnce: createFindAtOnce(store),
    findLater: createFindLater(store),
  });
  const pipelineParts: PipelineParts = { ...wholeWayParts, atOnce };
  const subscriptions = openSubscriptions({
    ...pipelineParts,
    config,
    paths: PATHS,
    hub: hasEvents ? hub : undefined,
    graph: () => liveGraphs.of(supergraph.current()),
    answer: createPipeline(pipelineParts),
    readAgain: createReadAgain(pipelineParts),
    mayBegin: createMayBegin(pipelineParts),
    prepareStream: createPrepareStream(pipelineParts),
    subscriptionMetrics,
  });
  onNewGraph = subscriptions.adoptGraph;
  const server = await listen({
    isTraceCurrent: false,
    host: config.HOST,
    port: config.PORT,
    logger,
    registry,
    metricsText,
    // Without cache, events or even a subgraph it still answers what it can: it is ready when it has a supergraph.
    ready: () => [],
    handle: createHandler({
      answer: subscriptions.answer,
      cors: createCors(config.CORS_ORIGINS),
      maxBodyBytes: config.MAX_BODY_BYTES,
      routes:
        config.CACHE_PURGE_CREDENTIAL === undefined
          ? {}
          : {
              [PURGE_PATH]: createPurgeEndpoint({
                store: purgeable,
                credential: config.CACHE_PURGE_CREDENTIAL,
                onPurged: metrics.purged,
                logger,
              }),
            },
    }),
    upgrade: subscriptions.upgrade,
    unread: {
      paths: PATHS,
      refusals: {
        isNeeded: admission.isOverwhelmed,
        mayRefuse: (body) => hopeless.has(body) && !priorities.mayBeCheckout(body),
        fault: OVERLOADED,
        onRefused: () => metrics.refused('browse'),
      },
      wayTo: createWayTo(atOnce),
    },
    drainMs: config.DRAIN_MS,
    readyDrainMs: config.READY_DRAIN_MS,
  });
  const endSubscriptions = async () => {
    // By then, load balancers send clients who come back elsewhere.
    await sleep(config.READY_DRAIN_MS);
    await subscriptions.close();
  };
  return {
    url: server.url,
    stop: [
      // It may take as long as the drain is configured to.
      [
        'server',
        async () => void (await Promise.all([server.close(), endSubscriptions()])),
        config.DRAIN_MS + config.READY_DRAIN_MS + 5_000,
      ],
      [
        'admission',
        async () => {
          stopWatching();
          admission.close();
        },
      ],
      ['plugins', () => apollo.close()],
      ['queries', async () => sharedQueries?.close()],
      ['supergraph', () => supergraph.close()],
      ['events', () => purging.stop()],
      ['cache', () => store.close()],
      ['rates', async () => rates?.close()],
      ['subgraphs', async () => subgraphs.close()],
    ],
  };
}
