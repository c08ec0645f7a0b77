import { type GraphQLDataSourceProcessOptions, RemoteGraphQLDataSource } from '@apollo/gateway';
import { GraphQLError } from 'graphql';
import type { RequestContext } from '../src/execute/request-context.ts';

/** What the tests see of the data sources, and tell them to do. */
export const seen = { sent: 0, received: 0, errors: 0 };
export const todo: { fail: 'coded' | 'plain' | 'hang' | 'nonsense' | undefined } = { fail: undefined };

/** As people have written it for @apollo/gateway. */
class Signed extends RemoteGraphQLDataSource<RequestContext> {
  override willSendRequest({ request, context }: GraphQLDataSourceProcessOptions<RequestContext>) {
    seen.sent++;
    request.http?.headers.set('x-signature', `signed for ${context.viewer ?? 'nobody'}`);
  }

  override didReceiveResponse({ response }: Parameters<NonNullable<RemoteGraphQLDataSource['didReceiveResponse']>>[0]) {
    seen.received++;
    if (response.data?.product) response.data.product.name = `${response.data.product.name}!`;
    return response;
  }

  override didEncounterError(error: Error) {
    seen.errors++;
    throw error;
  }
}

/** A subgraph without a network. */
const inProcess = {
  async process({ request }: { request: { variables?: { representations?: { id: string }[] } } }) {
    if (todo.fail === 'coded') throw new GraphQLError('sold out', { extensions: { code: 'SOLD_OUT', host: 'db-1' } });
    if (todo.fail === 'plain') throw new Error('SELECT * FROM secrets');
    if (todo.fail === 'hang') return new Promise(() => {});
    if (todo.fail === 'nonsense') return 'nonsense';
    const { representations = [] } = request.variables ?? {};
    return { data: { _entities: representations.map(({ id }) => ({ __typename: 'Product', maker: `Own of ${id}` })) } };
  },
};

export function buildService({ name, url }: { name: string; url: string }) {
  return name === 'goods' ? new Signed({ url }) : inProcess;
}
