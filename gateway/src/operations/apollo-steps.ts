import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { DocumentNode, ExecutionResult, GraphQLError } from 'graphql';
import type { RequestContext } from '../execute/request-context.ts';
import type { ResultInParts } from '../execute/to-execution-result.ts';

/** What plugins find as `contextValue`. */
export type ApolloContext = RequestContext & { readonly steps: Steps };

/** An operation as it is once plugins have had their say. */
export type AskedByApollo = {
  readonly document: DocumentNode;
  readonly source: string;
  readonly operationName: string | undefined;
  readonly variables: Readonly<Record<string, unknown>>;
  readonly policy: { restrict(hint: { maxAge: number; scope?: 'PUBLIC' | 'PRIVATE' }): void };
};

/** How an operation is answered between the hooks that Apollo Server calls. */
export type Steps = {
  /** Looks at it, and returns an answer for which nothing has to be executed, if there is one. */
  begin(asked: AskedByApollo): Promise<ExecutionResult | undefined>;
  /** Goes on where `begin` stopped. @throws GraphQLError for what is refused */
  execute(): Promise<ExecutionResult | ResultInParts>;
  /** Errors, before they are made fit for clients. */
  failed(errors: readonly GraphQLError[]): void;
};

/** Does the gateway's part of a request at the hook that is meant for answers from elsewhere: `responseForOperation`. */
export const stepsPlugin: ApolloServerPlugin<ApolloContext> = {
  requestDidStart: async () => ({
    didEncounterErrors: async ({ contextValue, errors }) => contextValue.steps.failed(errors),
    async responseForOperation({ contextValue, document, source, request, overallCachePolicy: policy }) {
      const { operationName, variables = {} } = request;
      const kept = await contextValue.steps.begin({ document, source, operationName, variables, policy });
      if (!kept) return null;
      const { data = null, extensions } = kept;
      const singleResult = { data, ...(extensions && { extensions }) };
      return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult } };
    },
  }),
};

export function executeSteps(context: unknown): Promise<ExecutionResult | ResultInParts> {
  if (!isApolloContext(context)) throw new Error('there is nothing to execute with');
  return context.steps.execute();
}

const isApolloContext = (context: unknown): context is ApolloContext =>
  typeof context === 'object' && context !== null && 'steps' in context;
