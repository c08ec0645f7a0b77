import type { ApolloServerPlugin, BaseContext } from '@apollo/server';
import type { Logger } from '@entrepot/telemetry/logger';

/** One line a mutation, with the trace it belongs to. Queries are too many to log one by one; metrics count them. */
export function mutationLog<C extends BaseContext>(logger: Logger): ApolloServerPlugin<C> {
  return {
    async requestDidStart() {
      const began = performance.now();
      return {
        async willSendResponse({ operation, operationName, response: { body } }) {
          if (operation?.operation !== 'mutation') return;
          // As they are sent: a Fault has no code of GraphQL's before it is formatted.
          const errors = body.kind === 'single' ? body.singleResult.errors : undefined;
          const codes = errors?.map(({ extensions }) => extensions?.code);
          logger.info(
            { operation: operationName, ms: Math.round(performance.now() - began), errors: codes },
            'mutation',
          );
        },
      };
    },
  };
}
