import { EventEmitter, on } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { type ExecutionResult, type GraphQLSchema, graphql, parse, subscribe } from 'graphql';
import { createHandler } from 'graphql-sse/lib/use/http';
import { useServer } from 'graphql-ws/use/ws';
import { onTestFinished } from 'vitest';
import { WebSocketServer } from 'ws';
import { compose, FEDERATION, listenOn, startSubgraph, startTestGateway } from './fixture.ts';

const CHAT = `
  type Query { rooms: Int! }
  type Room @key(fields: "id") { id: ID! topic: String! }
  type Person @key(fields: "id") { id: ID! }
  type Message { id: ID! text: String! author: Person! room: Room! }
  type Subscription {
    messageSent(room: ID!): Message!
    messageSeen(room: ID!): Message
    countdown(from: Int!): Int!
    me: String!
    refused: Int
  }
`;
const PEOPLE =
  'type Query { people: Int } type Person @key(fields: "id") { id: ID! name: String! secret: String @federation__authenticated }';

/** What most servers do needs no word. */
const WAYS: Readonly<Record<ChatProtocol, Record<string, string>>> = {
  sse: {},
  multipart: { SUBGRAPH_SUBSCRIPTIONS: 'chat=multipart' },
  websocket: { SUBGRAPH_SUBSCRIPTIONS: 'chat=ws' },
};

type Sent = { id: string; text: string | null; author: string };
type Scope = { headers: IncomingHttpHeaders };
export type ChatProtocol = 'sse' | 'multipart' | 'websocket';

/** A subgraph that streams messages, by one protocol only, and another that knows their authors; with a gateway over both. */
export async function startChat(protocol: ChatProtocol, env: Record<string, string> = {}) {
  const rooms = new EventEmitter().setMaxListeners(0);
  const headers: IncomingHttpHeaders[] = [];
  const seen = { subscribers: 0, subscribed: 0, headers, toRefuse: 0 };
  /** No async generator function: those cannot be stopped while they wait. */
  const messagesIn = (field: string, room: string) => {
    const messages = on(rooms, room);
    seen.subscribers++;
    seen.subscribed++;
    return {
      async next() {
        const { done, value } = await messages.next();
        return done ? { done, value } : { done, value: { [field]: value[0] } };
      },
      async return() {
        seen.subscribers--;
        await messages.return?.();
        return { done: true, value: undefined };
      },
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  };
  const schema = buildSubgraphSchema([
    {
      typeDefs: parse(`${FEDERATION}\n${CHAT}`),
      resolvers: {
        Query: { rooms: () => 1 },
        Subscription: {
          messageSent: { subscribe: (_: unknown, { room }: { room: string }) => messagesIn('messageSent', room) },
          messageSeen: { subscribe: (_: unknown, { room }: { room: string }) => messagesIn('messageSeen', room) },
          countdown: {
            async *subscribe(_: unknown, { from }: { from: number }) {
              for (let countdown = from; countdown >= 0; countdown--) yield { countdown };
            },
          },
          me: {
            async *subscribe(_: unknown, __: unknown, { headers }: Scope) {
              yield { me: JSON.stringify([headers['x-viewer'] !== undefined, headers.authorization ?? null]) };
            },
          },
          refused: {
            subscribe() {
              throw new Error('a secret of the subgraph');
            },
          },
        },
        Message: {
          author: ({ author }: Sent) => ({ id: author }),
          room: ({ id }: Sent) => ({ id: id.split('-')[0], topic: 'weather' }),
        },
      },
    },
  ]);
  const server = createServer((request, response) => {
    seen.headers.push(request.headers);
    if (seen.toRefuse-- > 0) request.socket.destroy();
    else serve(protocol, schema, request, response).catch(() => response.destroy());
  });
  const sockets = new WebSocketServer({ noServer: true });
  const cut = () => {
    server.closeAllConnections();
    for (const socket of sockets.clients) socket.terminate();
  };
  if (protocol === 'websocket') {
    server.on('upgrade', (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request)),
    );
    useServer({ schema, context: ({ extra }): Scope => ({ headers: extra.request.headers }) }, sockets);
    sockets.on('connection', (_, { headers }) => void seen.headers.push(headers));
  }
  const url = `${await listenOn(server)}/graphql`;
  const chat = { name: 'chat', sdl: `${FEDERATION}\n${CHAT}`, url };
  onTestFinished(() => {
    cut();
    server.close();
  });
  const people = await startSubgraph('people', PEOPLE, {
    Person: {
      __resolveReference: (reference) => reference,
      name: ({ id }) => `Name of ${id}`,
      secret: ({ id }) => `Secret of ${id}`,
    },
  });
  const supergraph = compose(chat, people);
  const gateway = await startTestGateway(supergraph, { ...WAYS[protocol], ...env });
  return {
    ...gateway,
    supergraph,
    chat: { url, seen },
    people,
    send: (room: string, message: Sent) => void rooms.emit(room, message),
    running: () => gateway.metric('subscriptions_running'),
    /** Breaks the connections of the streams, as a process does that dies. */
    cut,
  };
}

async function serve(
  protocol: ChatProtocol,
  schema: GraphQLSchema,
  request: IncomingMessage,
  response: ServerResponse,
) {
  const { accept = '', ...headers } = request.headers;
  const context: Scope = { headers };
  if (protocol === 'sse' && accept.includes('text/event-stream'))
    return createHandler({ schema, context: () => ({ ...context }) })(request, response);
  const { query, variables } = JSON.parse(await text(request));
  const source = parse(query);
  const isSubscription = source.definitions.some((one) => 'operation' in one && one.operation === 'subscription');
  if (!isSubscription || protocol !== 'multipart') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(await graphql({ schema, source: query, variableValues: variables })));
    return;
  }
  const results = await subscribe({ schema, document: source, variableValues: variables, contextValue: context });
  if (!(Symbol.asyncIterator in results)) {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(results));
    return;
  }
  response.on('close', () => void results.return(undefined));
  response.setHeader('content-type', 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"');
  const part = (body: object) => `content-type: application/json\r\n\r\n${JSON.stringify(body)}\r\n--graphql`;
  response.write(`--graphql\r\n${part({})}`);
  for await (const payload of results satisfies AsyncIterable<ExecutionResult>)
    response.write(`\r\n${part({ payload })}`);
  response.end('--\r\n');
}
