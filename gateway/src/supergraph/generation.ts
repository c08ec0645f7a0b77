import { hash } from 'node:crypto';
import { ApolloGateway, type GraphQLDataSource, type ServiceEndpointDefinition } from '@apollo/gateway';
import { ApolloServer, type ApolloServerOptions, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { Logger } from '@entrepot/telemetry/logger';
import type { RequestContext } from '../execute/request-context.ts';
import type { Answer, HttpRequest } from '../operations/http-request.ts';

/**
 * One supergraph with everything that is derived from it: schema, planner, parsed documents and plans. It never changes;
 * a new supergraph is a new generation, so no plan can outlive its schema and no running operation sees another one. There is
 * nothing to close: what runs on an old generation keeps it alive, and its memory goes with the last of them.
 */
export type Generation = {
  /** The supergraph's own, so that equal ones are told apart from changed ones. */
  readonly id: string;
  execute(request: HttpRequest, context: RequestContext): Promise<Answer>;
};

export type GenerationOptions = {
  buildService: (definition: ServiceEndpointDefinition) => GraphQLDataSource;
  /** What Apollo Server is told beside its gateway. */
  server: Pick<
    ApolloServerOptions<RequestContext>,
    'formatError' | 'introspection' | 'persistedQueries' | 'parseOptions'
  >;
  plugins: NonNullable<ApolloServerOptions<RequestContext>['plugins']>;
  hasLandingPage: boolean;
  logger: Logger;
};

/** The only headers of a client that Apollo Server is shown: what it negotiates by. None ever reaches a subgraph. */
const HEADERS = ['accept', 'content-type', 'x-apollo-operation-name', 'apollo-require-preflight'] as const;

export const idOf = (supergraph: string): string => hash('sha256', supergraph, 'hex');

/** @throws when the supergraph cannot be served */
export async function createGeneration(supergraph: string, options: GenerationOptions): Promise<Generation> {
  const { hasLandingPage, logger, buildService } = options;
  const server = new ApolloServer<RequestContext>({
    ...options.server,
    gateway: createApolloGateway(supergraph, buildService, logger),
    // Whatever the environment says: none of these is for NODE_ENV or an APOLLO_ variable to decide.
    nodeEnv: 'production',
    apollo: {},
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: options.server.introspection !== true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    validationOptions: { maxErrors: 10 },
    stringifyResult: (result) => JSON.stringify(result),
    logger,
    plugins: [
      ...options.plugins,
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      hasLandingPage
        ? ApolloServerPluginLandingPageLocalDefault({ embed: true })
        : ApolloServerPluginLandingPageDisabled(),
    ],
  });
  await server.start();

  return {
    id: idOf(supergraph),
    async execute({ method, search, headers, body }, context) {
      const shown = new HeaderMap();
      for (const name of HEADERS) {
        const value = headers[name];
        if (value !== undefined) shown.set(name, Array.isArray(value) ? value.join(', ') : value);
      }
      const httpGraphQLRequest = { method, headers: shown, search, body };
      const answer = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => context });
      if (answer.body.kind !== 'complete') throw new Error('incremental answers are not supported by the gateway');
      return { status: answer.status ?? 200, headers: Object.fromEntries(answer.headers), body: answer.body.string };
    },
  };
}

function createApolloGateway(
  supergraphSdl: string,
  buildService: GenerationOptions['buildService'],
  logger: Logger,
): ApolloGateway {
  // It reports home unless the environment says otherwise, and it is asked in no other way.
  // biome-ignore lint/style/noProcessEnv: written, not read
  process.env.APOLLO_TELEMETRY_DISABLED = 'true';
  return new ApolloGateway({
    supergraphSdl,
    buildService,
    validateSupergraph: true,
    // Query plans name the services.
    __exposeQueryPlanExperimental: false,
    logger,
  });
}
