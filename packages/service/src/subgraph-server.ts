import type { IncomingMessage, ServerResponse } from 'node:http';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerPluginCacheControl } from '@apollo/server/plugin/cacheControl';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { serveApollo } from '@entrepot/http/apollo';
import { header, type Listening, listen, pathOf } from '@entrepot/http/server';
import { Fault } from '@entrepot/kernel/fault';
import { decodeViewer, type Viewer } from '@entrepot/kernel/viewer';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { cachePolicy } from './cache-policy.ts';
import { type CacheTags, createCacheTags } from './cache-tags.ts';
import { createCredentialCheck } from './credential.ts';
import { createFormatError } from './format-error.ts';
import { knownOperations } from './known-operations.ts';
import { mutationLog } from './request-log.ts';
import { requestMetrics } from './request-metrics.ts';
import { tagEntities } from './tag-entities.ts';
import { loadTypeDefs } from './type-defs.ts';

/** What every request of a subgraph brings with it. */
export type RequestScope = {
  viewer: Viewer | undefined;
  cacheTags: CacheTags;
  /** When whoever asked stops waiting, in ms since the epoch; undefined when it was not told. */
  deadline: number | undefined;
};

/** A page of 100 with everything around it stays far below this; a mutation's input is bounded by its own rules. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;

export type SubgraphOptions<C extends RequestScope> = {
  name: string;
  config: { HOST: string; PORT: number; GATEWAY_CREDENTIAL: string; DRAIN_MS: number; READY_DRAIN_MS: number };
  logger: Logger;
  registry: Registry;
  resolvers: object;
  /** Makes the context of a request: its loaders live as long as it does. */
  context: (scope: RequestScope) => C;
  /** The reasons why this process cannot serve now; none when it can. */
  ready: () => Promise<readonly string[]> | readonly string[];
  /** Further paths, open to whoever reaches the process, such as `/.well-known/jwks.json`. */
  routes?: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void | Promise<void>>>;
};

/** Starts a subgraph: its schema from `schema/`, its resolvers, and all that is the same for every subgraph. */
export async function startSubgraph<C extends RequestScope>(options: SubgraphOptions<C>): Promise<Listening> {
  const { name, config, logger, registry } = options;
  const server = new ApolloServer<C>({
    schema: createSchema(name, options.resolvers),
    introspection: false,
    // The gateway sends whole documents; keeping them by a hash of the client's would only take memory.
    persistedQueries: false,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    allowBatchedHttpRequests: false,
    // Only the gateway gets this far, and it is no browser.
    csrfPrevention: false,
    logger,
    formatError: createFormatError(logger),
    plugins: plugins<C>(options),
  });
  await server.start();
  const isGateway = createCredentialCheck(config.GATEWAY_CREDENTIAL);
  const graphql = serveApollo({
    server,
    maxBodyBytes: MAX_BODY_BYTES,
    context: (request) => options.context(scopeOf(request)),
  });
  const listening = await listen({
    host: config.HOST,
    port: config.PORT,
    logger,
    registry,
    ready: options.ready,
    drainMs: config.DRAIN_MS,
    readyDrainMs: config.READY_DRAIN_MS,
    handle: async (request, response) => {
      const path = pathOf(request);
      const route = options.routes?.[path];
      if (route) return route(request, response);
      if (path !== '/graphql') throw new Fault('NOT_FOUND', `there is nothing at ${path.slice(0, 100)}`);
      if (!isGateway(header(request, 'x-gateway-credential')))
        throw new Fault('NOT_GATEWAY', 'this service answers the gateway only: ask the public endpoint');
      await graphql(request, response);
    },
  });
  const close = async () => {
    await listening.close();
    await server.stop();
  };
  return { ...listening, close };
}

function createSchema(name: string, resolvers: object) {
  const schema = buildSubgraphSchema([
    { typeDefs: loadTypeDefs(name), resolvers: Object.fromEntries(Object.entries(resolvers)) },
  ]);
  tagEntities(schema);
  return schema;
}

function plugins<C extends RequestScope>({ logger, registry }: SubgraphOptions<C>): ApolloServerPlugin<C>[] {
  return [
    ApolloServerPluginLandingPageDisabled(),
    ApolloServerPluginUsageReportingDisabled(),
    ApolloServerPluginInlineTraceDisabled(),
    // Computes the policy from the schema's @cacheControl hints; cachePolicy sends it.
    ApolloServerPluginCacheControl({ calculateHttpHeaders: false }),
    cachePolicy<C>(),
    requestMetrics<C>(registry, knownOperations()),
    mutationLog<C>(logger),
  ];
}

function scopeOf(request: IncomingMessage): RequestScope {
  const viewer = header(request, 'x-viewer');
  const deadline = Number(header(request, 'x-request-deadline'));
  return {
    viewer: viewer === undefined ? undefined : decodeViewer(viewer),
    cacheTags: createCacheTags(),
    deadline: Number.isFinite(deadline) && deadline > 0 ? deadline : undefined,
  };
}
