import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';

/** What the plugin saw, in order. */
export const seen: string[] = [];

const plugin: ApolloServerPlugin = {
  async serverWillStart({ schema }) {
    seen.push(`start ${schema.getQueryType()?.name}`);
  },
  async requestDidStart({ request }) {
    seen.push(`request ${request.http?.headers.get('x-client') ?? 'nobody'}`);
    return {
      async didResolveOperation({ operationName, operation }) {
        seen.push(`operation ${operation?.operation} ${operationName}`);
        if (operationName === 'Forbidden')
          throw new GraphQLError('not here', { extensions: { code: 'BAD_REQUEST', http: { status: 451 } } });
        if (operationName === 'Denied') throw new GraphQLError('not you', { extensions: { code: 'FORBIDDEN' } });
        if (operationName === 'Odd') throw new GraphQLError('too odd', { extensions: { code: 'TOO_ODD', odd: 3 } });
        if (operationName === 'Broken') throw new Error('SELECT * FROM plugins');
      },
      async didEncounterErrors({ errors }) {
        seen.push(`errors ${errors.map(({ extensions }) => extensions.code)}`);
      },
      async willSendResponse({ response }) {
        response.http.headers.set('x-plugin', 'was here');
        if (response.body.kind === 'single') response.body.singleResult.extensions = { plugin: true };
      },
    };
  },
};

export const plugins = [plugin];
