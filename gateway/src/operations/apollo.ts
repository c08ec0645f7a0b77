import { ApolloServer, type ApolloServerOptions, type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { Logger } from '@entrepot/telemetry/logger';
import type { DocumentNode, ExecutionResult, GraphQLSchema } from 'graphql';
import type { RequestContext } from '../execute/request-context.ts';
import type { Answer, HttpRequest } from './http-request.ts';

/** What plugins find as `contextValue`. */
export type ApolloContext = RequestContext & {
  /** Executes what Apollo Server has parsed and validated. */
  readonly execute: (
    document: DocumentNode,
    text: string,
    operationName: string | undefined,
    variables: Readonly<Record<string, unknown>>,
  ) => Promise<ExecutionResult>;
};

export type ApolloOptions = {
  plugins: readonly ApolloServerPlugin<RequestContext>[];
  hasLandingPage: boolean;
  introspection: boolean;
  formatError: NonNullable<ApolloServerOptions<ApolloContext>['formatError']>;
  logger: Logger;
};

export type Apollo = {
  readonly hasLandingPage: boolean;
  /** Whether there are plugins, which want to see all that happens to a request. */
  readonly hasPlugins: boolean;
  showPage(schema: GraphQLSchema, headers: HttpRequest['headers']): Promise<Answer>;
  answer(schema: GraphQLSchema, request: HttpRequest, context: ApolloContext): Promise<Answer>;
};

/**
 * Apollo Server, for what nothing else can do: its landing page, and plugins that were written for it. Everything else is answered
 * without it, because it costs more than all the rest of a kept answer.
 */
export function createApollo({ plugins, hasLandingPage, introspection, formatError, logger }: ApolloOptions): Apollo {
  // biome-ignore lint/style/noProcessEnv: written, not read: parts of Apollo's packages report home unless it says otherwise
  process.env.APOLLO_TELEMETRY_DISABLED = 'true';
  const start = async (schema: GraphQLSchema): Promise<ApolloServer<ApolloContext>> => {
    const server = new ApolloServer<ApolloContext>({
      gateway: gatewayOf(schema),
      introspection,
      formatError,
      // Whatever the environment says: none of these is for NODE_ENV or an APOLLO_ variable to decide.
      nodeEnv: 'production',
      apollo: {},
      includeStacktraceInErrorResponses: false,
      hideSchemaDetailsFromClientErrors: !introspection,
      // All of these have been seen to before Apollo Server is asked.
      csrfPrevention: false,
      persistedQueries: false,
      allowBatchedHttpRequests: false,
      stopOnTerminationSignals: false,
      validationOptions: { maxErrors: 10 },
      stringifyResult: (result) => JSON.stringify(result),
      logger,
      plugins: [
        ...plugins,
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
    return server;
  };

  // Each generation's schema has a server of its own, which goes when it goes.
  const servers = new WeakMap<GraphQLSchema, Promise<ApolloServer<ApolloContext>>>();
  const serverFor = (schema: GraphQLSchema) => {
    let server = servers.get(schema);
    if (!server) {
      server = start(schema);
      servers.set(schema, server);
    }
    return server;
  };

  const answer = async (
    schema: GraphQLSchema,
    { method, search, headers, body }: HttpRequest,
    context: () => Promise<ApolloContext>,
  ): Promise<Answer> => {
    const server = await serverFor(schema);
    const shown = new HeaderMap();
    for (const [name, value] of Object.entries(headers))
      if (value !== undefined) shown.set(name, Array.isArray(value) ? value.join(', ') : value);
    const httpGraphQLRequest = { method, headers: shown, search, body };
    const answered = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context });
    if (answered.body.kind !== 'complete') throw new Error('Apollo Server answered in parts what it does not execute');
    // Whoever writes the answer knows its length.
    answered.headers.delete('content-length');
    return {
      status: answered.status ?? 200,
      headers: Object.fromEntries(answered.headers),
      body: answered.body.string,
    };
  };

  return {
    hasLandingPage,
    hasPlugins: plugins.length > 0,
    showPage: (schema, headers) =>
      answer(schema, { method: 'GET', search: '', headers, body: undefined }, async () => {
        throw new Error('a page has no context');
      }),
    answer: (schema, request, context) => answer(schema, request, async () => context),
  };
}

/** What Apollo Server needs of a gateway; it takes our schema for granted and lets us execute. */
function gatewayOf(apiSchema: GraphQLSchema): NonNullable<ApolloServerOptions<ApolloContext>['gateway']> {
  return {
    onSchemaLoadOrUpdate(callback) {
      callback({ apiSchema, coreSupergraphSdl: '' });
      return () => {};
    },
    load: async () => ({
      executor: ({ document, source, operationName, request, context }) => {
        if (!isApolloContext(context)) throw new Error('there is nothing to execute with');
        return context.execute(document, source, operationName ?? undefined, request.variables ?? {});
      },
    }),
    stop: async () => {},
  };
}

const isApolloContext = (context: Record<string, unknown>): context is Record<string, unknown> & ApolloContext =>
  typeof context.execute === 'function';
