import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApolloServer, BaseContext, HTTPGraphQLRequest } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import { Fault } from '@entrepot/kernel/fault';
import { parseJson, readBody } from './body.ts';

const MAX_BODY_BYTES = 1024 * 1024;

export type ServeApolloOptions<C extends BaseContext> = {
  server: ApolloServer<C>;
  /** Makes the request's context; what it throws is the whole answer. */
  context: (request: IncomingMessage) => Promise<C> | C;
  maxBodyBytes?: number;
};

/**
 * Serves a started Apollo Server over node:http: bounded bodies in, complete or chunked answers out. A request that is no
 * GraphQL throws a Fault, which `sendError` answers.
 */
export function serveApollo<C extends BaseContext>(
  options: ServeApolloOptions<C>,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const { server, context, maxBodyBytes = MAX_BODY_BYTES } = options;
  return async (request, response) => {
    const { method } = request;
    if (method !== 'POST' && method !== 'GET')
      throw new Fault('METHOD_NOT_ALLOWED', `GraphQL is asked by POST or GET, not by ${method}`);
    const body = method === 'POST' ? parseJson(await readBody(request, maxBodyBytes)) : undefined;
    // Under load a request may have waited here for longer than its client did: the work would be for nobody.
    if (response.destroyed) return;
    await executeApollo(server, request, response, body, () => context(request));
  };
}

/** Runs one request, whose body has been read already, through Apollo Server and writes its answer. */
export async function executeApollo<C extends BaseContext>(
  server: ApolloServer<C>,
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
  context: () => Promise<C> | C,
): Promise<void> {
  const url = request.url ?? '/';
  const mark = url.indexOf('?');
  const httpGraphQLRequest: HTTPGraphQLRequest = {
    method: (request.method ?? 'GET').toUpperCase(),
    headers: headersOf(request),
    search: mark === -1 ? '' : url.slice(mark),
    body,
  };
  // The context is made first, and outside of Apollo: what it throws is ours to answer.
  const made = await context();
  const answer = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => made });
  response.writeHead(answer.status ?? 200, Object.fromEntries(answer.headers));
  if (answer.body.kind === 'complete') response.end(answer.body.string);
  else await pipeline(Readable.from(answer.body.asyncIterator), response);
}

function headersOf(request: IncomingMessage): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}
