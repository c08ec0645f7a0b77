import { ApolloGateway } from '@apollo/gateway';
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { ApolloServerPluginLandingPageLocalDefault } from '@apollo/server/plugin/landingPage/default';
import type { Logger } from '@entrepot/telemetry/logger';
import { documentLimits, MAX_TOKENS } from '../limits/document-limits.ts';
import { createFormatError } from '../operations/format-error.ts';
import type { GatewayRequest } from '../request.ts';
import type { Subgraphs } from '../subgraphs/data-source.ts';
import type { Supergraph } from './supergraph-file.ts';

/**
 * A supergraph with everything that was made of it: planner, schema, plans and parsed documents. It never changes; another
 * supergraph is another generation, and operations that began on this one end on it.
 */
export type Generation = {
  readonly id: string;
  readonly server: ApolloServer<GatewayRequest>;
  stop(): Promise<void>;
};

export type GenerationOptions = {
  supergraph: Supergraph;
  subgraphs: Subgraphs;
  subgraphUrls: ReadonlyMap<string, string>;
  introspection: boolean;
  landingPage: boolean;
  logger: Logger;
};

/** @throws Error when the supergraph cannot be served */
export async function createGeneration(options: GenerationOptions): Promise<Generation> {
  const { supergraph, subgraphs, subgraphUrls, introspection, logger } = options;
  const gateway = new ApolloGateway({
    supergraphSdl: supergraph.sdl,
    buildService: ({ name, url }) => subgraphs.dataSource(name, subgraphUrls.get(name) ?? url ?? ''),
    logger,
  });
  const server = new ApolloServer<GatewayRequest>({
    gateway,
    introspection,
    includeStacktraceInErrorResponses: false,
    hideSchemaDetailsFromClientErrors: !introspection,
    stopOnTerminationSignals: false,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [documentLimits()],
    logger,
    formatError: createFormatError(logger),
    plugins: [
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      options.landingPage
        ? ApolloServerPluginLandingPageLocalDefault({ embed: true, footer: false })
        : ApolloServerPluginLandingPageDisabled(),
      noteOutcome(),
    ],
  });
  await server.start();
  return { id: supergraph.id, server, stop: () => server.stop() };
}

/** Leaves in the request what the pipeline wants to know of it afterwards. */
function noteOutcome(): ApolloServerPlugin<GatewayRequest> {
  return {
    async requestDidStart({ contextValue }) {
      return {
        async didResolveOperation({ operation, operationName }) {
          contextValue.outcome.kind = operation?.operation;
          contextValue.outcome.operation = operationName ?? undefined;
        },
        async willSendResponse({ errors }) {
          contextValue.outcome.hasErrors = (errors?.length ?? 0) > 0;
        },
      };
    },
  };
}
