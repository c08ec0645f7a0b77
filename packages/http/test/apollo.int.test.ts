import { ApolloServer } from '@apollo/server';
import { Fault } from '@entrepot/kernel/fault';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serveApollo } from '../src/apollo.ts';
import { start } from './start.ts';

type Context = { caller: string };

async function startGraphql() {
  const server = new ApolloServer<Context>({
    typeDefs: 'type Query { hello(name: String!): String! caller: String! } type Mutation { shout: Int }',
    resolvers: {
      Query: {
        hello: (_: unknown, { name }: { name: string }) => `hello ${name}`,
        caller: (_source: unknown, _arguments: unknown, { caller }: Context) => caller,
      },
    },
  });
  await server.start();
  onTestFinished(() => server.stop());
  const handle = serveApollo({
    server,
    context: ({ headers }) => {
      if (headers['x-caller'] === undefined) throw new Fault('UNAUTHENTICATED', 'tell who you are');
      return { caller: String(headers['x-caller']) };
    },
  });
  return start({ handle });
}

const asAnn = { 'x-caller': 'ann' };
const asJson = { ...asAnn, 'content-type': 'application/json' };
const refusal = (code: string) => ({ errors: [expect.objectContaining({ extensions: { code } })] });

describe('GraphQL over HTTP', () => {
  it('is answered by POST, in the context of the request', async () => {
    const { url } = await startGraphql();
    const body = JSON.stringify({ query: 'query Q($n: String!) { hello(name: $n) caller }', variables: { n: 'Ünï' } });
    const response = await fetch(url, { method: 'POST', headers: asJson, body });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch('application/json');
    expect(await response.json()).toEqual({ data: { hello: 'hello Ünï', caller: 'ann' } });
  });

  it('is answered by GET', async () => {
    const { url } = await startGraphql();
    const search = new URLSearchParams({ query: 'query Q($n: String!) { hello(name: $n) }', variables: '{"n":"Ann"}' });
    const headers = { ...asAnn, 'apollo-require-preflight': '1' };
    const response = await fetch(`${url}/graphql?${search}`, { headers });
    expect(await response.json()).toEqual({ data: { hello: 'hello Ann' } });
  });

  it('never writes by GET', async () => {
    const { url } = await startGraphql();
    const headers = { ...asAnn, 'apollo-require-preflight': '1' };
    const response = await fetch(`${url}/graphql?query=mutation%7Bshout%7D`, { headers });
    expect(response.status).toBe(405);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('is refused by %s', async (method) => {
    const { url } = await startGraphql();
    const response = await fetch(url, { method, headers: asJson, body: '{}' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, POST');
    expect(await response.json()).toEqual(refusal('METHOD_NOT_ALLOWED'));
  });

  it.each([
    '[]',
    '[{"query":"{caller}"}]',
    '{}',
    'null',
    '"text"',
    '{"query":1}',
    '{"query":"{caller}","variables":[]}',
  ])('is not %s', async (body) => {
    const { url, errors } = await startGraphql();
    const response = await fetch(url, { method: 'POST', headers: asJson, body });
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ errors: [expect.objectContaining({ message: expect.any(String) })] });
    expect(errors()).toEqual([]);
  });

  it('is refused whole when there is no context for it', async () => {
    const { url } = await startGraphql();
    const body = JSON.stringify({ query: '{ caller }' });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await response.json()).toEqual(refusal('UNAUTHENTICATED'));
  });
});
