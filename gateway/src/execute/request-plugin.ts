import type { ApolloServerPlugin } from '@apollo/server';
import type { Logger } from '@entrepot/telemetry/logger';
import { GraphQLError } from 'graphql';
import type { RequestContext } from './request-context.ts';

export type RequestPluginOptions = {
  /** How long a mutation may take in all. */
  mutationTimeoutMs: number;
  logger: Logger;
};

/** Tells the request's context what Apollo Server learns of it, and refuses what would fail without a reason given. */
export function requestPlugin({ mutationTimeoutMs, logger }: RequestPluginOptions): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      const began = performance.now();
      return {
        async didResolveOperation({ operation, operationName, contextValue: { known }, request }) {
          if (!operation) throw unresolved(request.operationName);
          if (operation.operation === 'subscription')
            throw resolutionFailure('subscriptions are not served by this endpoint');
          known.operationName = operationName ?? undefined;
          known.isMutation = operation.operation === 'mutation';
          if (known.isMutation) known.deadline = Date.now() + mutationTimeoutMs;
        },
        async willSendResponse({ response, contextValue: { known } }) {
          if (response.body.kind !== 'single') return;
          const { singleResult } = response.body;
          const incomplete = readIncomplete(singleResult.extensions?.valueCompletion);
          if (incomplete.length > 0) {
            logger.error({ problems: incomplete }, 'a subgraph sent what its schema does not allow');
            const { valueCompletion: _, ...extensions } = singleResult.extensions ?? {};
            singleResult.errors = incomplete.map(({ path }) => ({
              message: 'a part of the answer is not what the schema promises',
              ...(path && { path }),
              extensions: { code: 'INVALID_SUBGRAPH_RESPONSE' },
            }));
            if (Object.keys(extensions).length > 0) singleResult.extensions = extensions;
            else delete singleResult.extensions;
          }
          known.errors = (singleResult.errors ?? []).map(({ extensions }) => String(extensions?.code));
          if (known.isMutation) {
            const { operationName: operation, errors } = known;
            logger.info({ operation, ms: Math.round(performance.now() - began), errors }, 'mutation');
          }
        },
      };
    },
  };
}

function unresolved(operationName: string | undefined): GraphQLError {
  return resolutionFailure(
    operationName === undefined
      ? 'the document has several operations: say which in operationName'
      : 'the document has no operation of this operationName',
  );
}

const resolutionFailure = (message: string) =>
  new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } });

type Incomplete = { path: readonly (string | number)[] | undefined };

/** @apollo/gateway reports data of the wrong shape beside the answer, as if nothing had happened. */
function readIncomplete(problems: unknown): Incomplete[] {
  if (!Array.isArray(problems)) return [];
  return problems.slice(0, 100).map((problem: unknown) => {
    const path = typeof problem === 'object' && problem !== null && 'path' in problem ? problem.path : undefined;
    return { path: Array.isArray(path) ? path : undefined };
  });
}
