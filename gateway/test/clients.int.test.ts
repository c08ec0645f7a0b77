import { createHash } from 'node:crypto';
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client';
import { BatchHttpLink } from '@apollo/client/link/batch-http';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { ClientError, GraphQLClient } from 'graphql-request';
import relay from 'relay-runtime';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { startShop } from './shop.ts';

const THING = { name: 'Thing 1', price: 10 };
const PAGE = 'query Page($id: ID!) { product(id: $id) { name price } }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** `fetch`, and what of each request was sent in which way. */
function watchedFetch() {
  const sent: { method: string; hasQuery: boolean }[] = [];
  const watched: typeof fetch = (input, init) => {
    const text = `${String(input)} ${typeof init?.body === 'string' ? init.body : ''}`;
    sent.push({ method: init?.method ?? 'GET', hasQuery: /[?&]query=|"query":/.test(text) });
    return fetch(input, init);
  };
  return { sent, fetch: watched };
}

describe('Apollo Client', () => {
  const clientWith = (link: ApolloLink) => new ApolloClient({ link, cache: new InMemoryCache() });
  const query = gql(PAGE);

  it('gets data, partial data with errors, and the errors of a refused request', async () => {
    const { url } = await startShop();
    const client = clientWith(new HttpLink({ uri: `${url}/graphql` }));
    const page = await client.query({ query, variables: { id: '1' } });
    expect(page.data).toMatchObject({ product: THING });
    const partial = await client.query({ query: gql`{ product(id: "1") { name } boom }`, errorPolicy: 'all' });
    expect(partial.data).toMatchObject({ product: { name: 'Thing 1' }, boom: null });
    expect(partial.error).toBeInstanceOf(CombinedGraphQLErrors);
    const refused = client.query({ query: gql`{ shoeSize }` });
    await expect(refused).rejects.toMatchObject({
      errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }],
    });
    const changed = await client.mutate({ mutation: gql`mutation { setPrice(id: "2", price: 21) { id price } }` });
    expect(changed.data).toMatchObject({ setPrice: { id: '2', price: 21 } });
  });

  it('sends the hash of a query alone, by GET, once its text is known', async () => {
    const { url } = await startShop();
    const { sent, fetch: watched } = watchedFetch();
    const persisted = new PersistedQueryLink({ sha256, useGETForHashedQueries: true });
    const ask = async () => {
      const http = new HttpLink({ uri: url, fetch: watched });
      return (await clientWith(ApolloLink.from([persisted, http])).query({ query, variables: { id: '1' } })).data;
    };
    expect(await ask()).toMatchObject({ product: THING });
    expect(await ask()).toMatchObject({ product: THING });
    expect(sent).toEqual([
      { method: 'GET', hasQuery: false },
      { method: 'POST', hasQuery: true },
      { method: 'GET', hasQuery: false },
    ]);
  });

  it('sends several operations in one request', async () => {
    const { url } = await startShop();
    const { sent, fetch: watched } = watchedFetch();
    const client = clientWith(new BatchHttpLink({ uri: url, fetch: watched, batchInterval: 20, batchMax: 9 }));
    const answers = await Promise.all(['1', '2', '3'].map((id) => client.query({ query, variables: { id } })));
    expect(answers.map(({ data }) => data)).toMatchObject([
      { product: THING },
      { product: { name: 'Thing 2', price: 20 } },
      { product: null },
    ]);
    expect(sent).toHaveLength(1);
  });
});

describe('urql', () => {
  it('gets data and errors', async () => {
    const { url } = await startShop();
    const client = new Client({ url, exchanges: [cacheExchange, fetchExchange], preferGetMethod: false });
    expect((await client.query(PAGE, { id: '1' })).data).toMatchObject({ product: THING });
    const { error, data } = await client.query('{ shoeSize }', {});
    expect(data).toBeUndefined();
    expect(error?.graphQLErrors[0]?.extensions).toEqual({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect((await client.mutation('mutation { touch }', {})).data).toEqual({ touch: true });
  });

  it.each([
    ['POST', false],
    ['GET', true],
  ])('sends the hash of a query alone, by %s, once its text is known', async (method, preferGetForPersistedQueries) => {
    const { url } = await startShop();
    const { sent, fetch: watched } = watchedFetch();
    const ask = async () => {
      const client = new Client({
        url,
        fetch: watched,
        fetchOptions: { headers: { 'apollo-require-preflight': '1' } },
        preferGetMethod: false,
        exchanges: [persistedExchange({ preferGetForPersistedQueries }), fetchExchange],
      });
      return (await client.query(PAGE, { id: '1' })).data;
    };
    expect(await ask()).toMatchObject({ product: THING });
    expect(await ask()).toMatchObject({ product: THING });
    expect(sent.map(({ hasQuery }) => hasQuery)).toEqual([false, true, false]);
    expect(sent.at(-1)?.method).toBe(method);
  });
});

describe('Relay', () => {
  it('names its documents by the ids of its compiler', async () => {
    const { url } = await startShop({ OPERATIONS: 'gateway/test/relay-operations', TRUSTED_ONLY: 'true' });
    const network = relay.Network.create(async ({ id }, variables) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ documentId: id, variables });
      const response = await fetch(url, { method: 'POST', headers, body });
      return z.object({ data: z.record(z.string(), z.unknown()) }).parse(await response.json());
    });
    const params = {
      id: 'a1b2c3',
      text: null,
      name: 'Page',
      operationKind: 'query',
      metadata: {},
      cacheID: 'a1b2c3',
    } as const;
    const answer = await network.execute(params, { id: '1' }, { force: true }).toPromise();
    expect(answer).toEqual({ data: { product: THING } });
  });
});

describe('graphql-request', () => {
  it('gets data, batches, and what was refused as its own error', async () => {
    const { url } = await startShop();
    const client = new GraphQLClient(url);
    expect(await client.request(PAGE, { id: '1' })).toEqual({ product: THING });
    const batch = await client.batchRequests([
      { document: PAGE, variables: { id: '1' } },
      { document: 'mutation { touch }' },
    ]);
    expect(batch.map(({ data }) => data)).toEqual([{ product: THING }, { touch: true }]);
    await expect(client.request('{ shoeSize }')).rejects.toBeInstanceOf(ClientError);
  });
});
