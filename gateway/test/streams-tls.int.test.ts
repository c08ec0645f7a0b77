import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { GraphQLInt, GraphQLObjectType, GraphQLSchema } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { expect, it, onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { createRequestContext } from '../src/execute/request-context.ts';
import type { StreamCall } from '../src/subgraphs/streams/stream.ts';
import { createStreams } from '../src/subgraphs/streams/streams.ts';

const pem = (kind: string) => readFileSync(new URL(`tls/localhost.${kind}.pem`, import.meta.url), 'utf8');
async function* subscribe() {
  yield { count: 1 };
}
const SCHEMA = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { a: { type: GraphQLInt } } }),
  subscription: new GraphQLObjectType({ name: 'Subscription', fields: { count: { type: GraphQLInt, subscribe } } }),
});

/** A server that streams one number over TLS, by server-sent events and by WebSocket. */
async function startSecure() {
  const handle = createHandler({ schema: SCHEMA });
  const server = createServer(
    { key: pem('key'), cert: pem('cert') },
    (request, response) => void handle(request, response),
  );
  useServer({ schema: SCHEMA }, new WebSocketServer({ server }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** What comes of the subscription at this URL. */
function heardAt(url: string, protocol: 'sse' | 'websocket'): Promise<unknown[]> {
  const ways = new Map([['a', { protocol, place: undefined }]]);
  const options = { urls: new Map(), ways, credential: undefined, timeoutMs: 5_000, heartbeatMs: 5_000 };
  const { open, close } = createStreams(options);
  const who = { viewer: undefined, authorization: undefined };
  const call: StreamCall['call'] = {
    subgraph: 'a',
    query: 'subscription { count }',
    id: '1',
    operationName: undefined,
    kind: 'subscription',
    variables: '{}',
    representations: undefined,
    context: createRequestContext(who, Date.now() + 5_000),
  };
  const heard: unknown[] = [];
  return new Promise((resolve) => {
    const stop = open(
      { subgraph: 'a', url, call },
      {
        opened: () => heard.push('opened'),
        event: (payload) => heard.push(payload),
        ended({ kind }) {
          stop();
          close();
          resolve([...heard, kind]);
        },
      },
    );
  });
}

it.each(['sse', 'websocket'] as const)(
  'subscribes by %s over TLS to who can prove to be who is asked',
  async (protocol) => {
    const port = await startSecure();
    const url = `https://localhost:${port}/`;
    expect(await heardAt(url, protocol)).toEqual(['lost']);
    const trusted = getCACertificates('default');
    setDefaultCACertificates([...trusted, pem('cert')]);
    onTestFinished(() => setDefaultCACertificates(trusted));
    expect(await heardAt(url, protocol)).toEqual(['opened', { data: { count: 1 } }, 'complete']);
    // The right certificate of somebody else.
    expect(await heardAt(`https://127.0.0.1:${port}/`, protocol)).toEqual(['lost']);
  },
);
