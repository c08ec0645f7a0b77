import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ApolloServer, BaseContext, HTTPGraphQLRequest } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import { parseJson, readBody } from './body.ts';
import type { Handler } from './server.ts';

const MAX_BODY_BYTES = 1024 * 1024;

export type ServeApolloOptions<C extends BaseContext> = {
  server: ApolloServer<C>;
  /** Makes the request's context; a Fault thrown here is the whole answer. */
  context: (request: IncomingMessage) => Promise<C> | C;
  maxBodyBytes?: number;
};

/** Serves a started Apollo Server over node:http: bounded bodies in, complete or chunked answers out. */
export function serveApollo<C extends BaseContext>(options: ServeApolloOptions<C>): Handler {
  const { server, context, maxBodyBytes = MAX_BODY_BYTES } = options;
  return async (request, response) => {
    const body = request.method === 'POST' ? parseJson(await readBody(request, maxBodyBytes)) : undefined;
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
  response.statusCode = answer.status ?? 200;
  for (const [name, value] of answer.headers) response.setHeader(name, value);
  if (answer.body.kind === 'complete') {
    response.end(answer.body.string);
    return;
  }
  for await (const chunk of answer.body.asyncIterator) response.write(chunk);
  response.end();
}

function headersOf(request: IncomingMessage): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}
