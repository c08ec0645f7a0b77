import type { IncomingMessage } from 'node:http';
import type { Cancellation } from '@entrepot/kernel/cancellation';
import { Fault } from '@entrepot/kernel/fault';
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  parse,
} from 'graphql';
import type { SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { AnswerIncoming, Incoming } from '../operations/http-request.ts';
import { RequestErrors } from '../operations/request-errors.ts';
import type { Door } from './door.ts';
import type { Ending } from './ending.ts';
import type { Live } from './live.ts';
import { textOf } from './over-http.ts';
import type { Subscriber } from './subscriptions.ts';

export type SocketOperations = {
  door: Door;
  /** Answers queries and mutations. */
  answer: AnswerIncoming;
  schema: () => GraphQLSchema;
  maxPerSocket: number;
};

/** What is known of one connection. */
export type Connection = {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  readonly gone: Cancellation;
  readonly lives: Set<Live>;
  authorization?: string | undefined;
  subscriber?: Subscriber;
};

/** A client of `graphql-ws` connects again after each of these, with a new token if it has one. */
const CLOSINGS: Partial<Record<Ending['reason'], number>> = { expired: 4403, slow: 4480, shutdown: 1001 };
const CLOSE_LIMIT_MS = 1_000;

export function closeWith(socket: WebSocket, { reason, error }: Ending): void {
  socket.close(CLOSINGS[reason] ?? 1011, toReason(error?.extensions?.code, error?.message));
  // One that reads nothing does not see that either.
  if (reason === 'slow') setTimeout(() => socket.terminate(), CLOSE_LIMIT_MS).unref();
}

/** A control frame has room for 123 bytes. */
const toReason = (code: unknown, message = '') => `${code}: ${message}`.slice(0, 120);

/** The token comes with the connection or, from browsers, which can send no headers, in the first message. */
export async function connect({ door }: SocketOperations, connection: Connection, params: unknown): Promise<boolean> {
  try {
    connection.authorization = authorizationIn(params) ?? connection.request.headers.authorization;
    connection.subscriber = await door.subscriberOf(connection.authorization);
    return true;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    connection.socket.close(4403, toReason(error.code, error.message));
    return false;
  }
}

function authorizationIn(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null) return undefined;
  for (const [name, value] of Object.entries(params)) {
    if (name.toLowerCase() === 'authorization' && typeof value === 'string' && value !== '') return value;
    if (name === 'headers') return authorizationIn(value);
  }
  return undefined;
}

/** Begins what a client sends as an operation; `size` are those of its connection that run then. */
export async function begin(
  parts: SocketOperations,
  connection: Connection,
  payload: SubscribePayload,
  size: number,
): Promise<ExecutionArgs | GraphQLError[]> {
  const { door, schema, maxPerSocket } = parts;
  try {
    if (size > maxPerSocket) throw new Fault('RATE_LIMITED', `${maxPerSocket} operations at once are the most`);
    const incoming = toIncoming(connection, payload);
    const live = await door.open(incoming, 'websocket', async () => connection.subscriber ?? NOBODY);
    // Its connection may have been closed meanwhile, and then nobody else ends it.
    if (connection.gone.isCancelled) live?.end();
    if (live) return { schema: schema(), document: SUBSCRIPTION, contextValue: new Begun(answersOf(live, connection)) };
    const result: FormattedExecutionResult = JSON.parse(await textOf(parts.answer(incoming)));
    if (result.data === undefined && result.errors) return result.errors.map(toGraphQLError);
    return { schema: schema(), document: QUERY, contextValue: new Begun(toResult(result)) };
  } catch (error) {
    return errorsOf(error).map(toGraphQLError);
  }
}

/** What has begun, on its way through the protocol; which document it is there does not matter any more, only its kind. */
class Begun {
  readonly result: AsyncGenerator<ExecutionResult, void, void> | ExecutionResult;

  constructor(result: Begun['result']) {
    this.result = result;
  }
}
const SUBSCRIPTION = parse('subscription { begun }');
const QUERY = parse('{ begun }');
const NOBODY: Subscriber = { viewer: undefined, authorization: undefined, expiresAt: undefined };

export function resultOf({ contextValue }: ExecutionArgs) {
  if (contextValue instanceof Begun) return contextValue.result;
  throw new Error('an operation came that was not begun');
}

/** A message is what the body of a POST would be, and has the same done to it. */
function toIncoming({ request, authorization, gone }: Connection, payload: SubscribePayload): Incoming {
  const forwarded = request.headers['x-forwarded-for'];
  return {
    method: 'POST',
    search: '',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json',
      ...(authorization !== undefined && { authorization }),
      ...(forwarded !== undefined && { 'x-forwarded-for': forwarded }),
    },
    bytes: Buffer.from(JSON.stringify(payload)),
    address: request.socket.remoteAddress,
    signal: () => gone,
  };
}

/** No async generator function: those cannot be stopped while they wait. */
function answersOf(live: Live, { socket, lives }: Connection): AsyncGenerator<ExecutionResult, void, void> {
  const over = { done: true, value: undefined } as const;
  const stop = () => {
    lives.delete(live);
    live.end();
  };
  lives.add(live);
  return {
    async next() {
      const answer = await live.next();
      if (answer !== undefined && answer !== 'idle') return { done: false, value: toResult(answer.result) };
      lives.delete(live);
      const { ending } = live;
      if (ending && CLOSINGS[ending.reason] !== undefined) closeWith(socket, ending);
      else if (ending?.error) throw toGraphQLError(ending.error);
      return over;
    },
    async return() {
      stop();
      return over;
    },
    async throw(error) {
      stop();
      throw error;
    },
    async [Symbol.asyncDispose]() {
      stop();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

function toResult({ errors, ...rest }: FormattedExecutionResult): ExecutionResult {
  return errors ? { ...rest, errors: errors.map(toGraphQLError) } : rest;
}

function toGraphQLError({ message, path, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, { ...(path && { path }), ...(extensions && { extensions }) });
}

function errorsOf(error: unknown): readonly GraphQLFormattedError[] {
  if (error instanceof RequestErrors) return error.errors;
  if (error instanceof Fault) return [{ message: error.message, extensions: { code: error.code } }];
  throw error;
}
