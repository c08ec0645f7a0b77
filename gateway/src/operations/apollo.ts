import {
  ApolloServer,
  type ApolloServerOptions,
  type ApolloServerPlugin,
  type GraphQLResponse,
  HeaderMap,
} from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { Logger } from '@entrepot/telemetry/logger';
import type { GraphQLSchema } from 'graphql';
import type { RequestContext } from '../execute/request-context.ts';
import { type ApolloContext, executeSteps, stepsPlugin } from './apollo-steps.ts';
import type { Answer, Incoming } from './http-request.ts';

export type ApolloOptions = {
  plugins: readonly ApolloServerPlugin<RequestContext>[];
  hasLandingPage: boolean;
  introspection: boolean;
  formatError: NonNullable<ApolloServerOptions<ApolloContext>['formatError']>;
  /** What clients see now. */
  schema: () => GraphQLSchema;
  logger: Logger;
};

/** One operation, as plugins are shown it. */
export type ApolloRequest = {
  readonly incoming: Incoming;
  readonly query: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly extensions: Readonly<Record<string, unknown>> | undefined;
};

export type Apollo = {
  readonly hasLandingPage: boolean;
  /** Whether there are plugins, which want to see all that happens to a request. */
  readonly hasPlugins: boolean;
  /** Lets plugins start, so that one that cannot is known before the first request. */
  start(): Promise<void>;
  showPage(headers: Incoming['headers']): Promise<Answer>;
  answer(request: ApolloRequest, context: ApolloContext): Promise<GraphQLResponse>;
  close(): Promise<void>;
};

/**
 * Apollo Server, for what nothing else can do: its landing page, and plugins that were written for it. Everything else is answered
 * without it, because it costs more than all the rest of a kept answer.
 */
export function createApollo(options: ApolloOptions): Apollo {
  const { plugins, hasLandingPage, schema } = options;
  // biome-ignore lint/style/noProcessEnv: written, not read: parts of Apollo's packages report home unless it says otherwise
  process.env.APOLLO_TELEMETRY_DISABLED = 'true';
  let running: Promise<Running> | undefined;
  const serverNow = async (): Promise<ApolloServer<ApolloContext>> => {
    running ??= startServer(options);
    const { server, announce } = await running;
    announce(schema());
    return server;
  };
  return {
    hasLandingPage,
    hasPlugins: plugins.length > 0,
    start: async () => void (plugins.length > 0 && (await serverNow())),
    async showPage(headers) {
      const server = await serverNow();
      const httpGraphQLRequest = { method: 'GET', headers: headerMapOf(headers), search: '', body: undefined };
      const page = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest,
        context: async () => {
          throw new Error('a page has no context');
        },
      });
      if (page.body.kind !== 'complete') throw new Error('Apollo Server answered in parts what is a page');
      return { status: page.status ?? 200, headers: Object.fromEntries(page.headers), body: page.body.string };
    },
    async answer({ incoming, query, operationName, variables, extensions }, contextValue) {
      const server = await serverNow();
      const headers = headerMapOf(incoming.headers);
      // Only to whoever takes parts in this format Apollo Server lets something else than graphql-js execute.
      headers.set('accept', [ANSWERED_BY_US, headers.get('accept') ?? '*/*'].join(', '));
      const { method, search } = incoming;
      const fields = { query, operationName, variables, extensions };
      const http = { method, headers, search, body: method === 'POST' ? fields : undefined };
      const request = {
        ...(query !== undefined && { query }),
        ...(operationName !== undefined && { operationName }),
        ...(extensions && { extensions }),
        variables,
        http,
      };
      return server.executeOperation(request, { contextValue });
    },
    async close() {
      const { server } = (await running?.catch(() => undefined)) ?? {};
      await server?.stop();
    },
  };
}

const ANSWERED_BY_US = 'multipart/mixed; deferSpec=20220824';

type Running = { readonly server: ApolloServer<ApolloContext>; announce(schema: GraphQLSchema): void };

async function startServer(options: ApolloOptions): Promise<Running> {
  const { plugins, hasLandingPage, introspection, formatError, schema, logger } = options;
  let announced = schema();
  let announce = (_: GraphQLSchema) => {};
  const server = new ApolloServer<ApolloContext>({
    gateway: {
      onSchemaLoadOrUpdate(callback) {
        announce = (apiSchema) => callback({ apiSchema, coreSupergraphSdl: '' });
        announce(announced);
        return () => {};
      },
      // Without an executor it executes as below, which can also answer in parts.
      load: async () => ({ executor: null }),
      stop: async () => {},
    },
    legacyExperimentalExecuteIncrementally: ({ contextValue }) => executeSteps(contextValue),
    introspection,
    formatError,
    // Whatever the environment says: none of these is for NODE_ENV or an APOLLO_ variable to decide.
    nodeEnv: 'production',
    apollo: {},
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    // All of these have been seen to before Apollo Server is asked; it only says what is not known to us.
    csrfPrevention: false,
    persistedQueries: { cache: NOTHING_KEPT },
    allowBatchedHttpRequests: false,
    stopOnTerminationSignals: false,
    validationOptions: { maxErrors: 10 },
    logger,
    // Ours comes last, so that a plugin with an answer of its own is asked first.
    plugins: [...plugins, ...defaultsOff(plugins, hasLandingPage), stepsPlugin],
  });
  await server.start();
  return {
    server,
    announce(next) {
      if (next === announced) return;
      announced = next;
      announce(next);
    },
  };
}

/** What Apollo Server would do by itself, unless somebody wants it. */
function defaultsOff(plugins: ApolloOptions['plugins'], hasLandingPage: boolean): ApolloServerPlugin<ApolloContext>[] {
  const defaults = [
    ApolloServerPluginCacheControlDisabled(),
    ApolloServerPluginInlineTraceDisabled(),
    ApolloServerPluginSchemaReportingDisabled(),
    ApolloServerPluginUsageReportingDisabled(),
    hasLandingPage
      ? ApolloServerPluginLandingPageLocalDefault({ embed: true })
      : ApolloServerPluginLandingPageDisabled(),
  ];
  const wanted = new Set(plugins.map(idOf));
  return defaults.filter((plugin) => idOf(plugin) === undefined || !wanted.has(idOf(plugin)));
}

/** Of the plugins that Apollo Server has itself. */
const idOf = (plugin: object): unknown =>
  '__internal_plugin_id__' in plugin ? plugin.__internal_plugin_id__ : undefined;

const NOTHING_KEPT = { get: async () => undefined, set: async () => {}, delete: async () => true };

function headerMapOf(headers: Incoming['headers']): HeaderMap {
  const shown = new HeaderMap();
  for (const [name, value] of Object.entries(headers))
    if (value !== undefined) shown.set(name, Array.isArray(value) ? value.join(', ') : value);
  return shown;
}
