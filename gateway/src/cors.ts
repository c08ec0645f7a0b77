import type { IncomingMessage, ServerResponse } from 'node:http';
import { header } from '@entrepot/http/server';

/** How long a browser may remember that it was allowed to ask. */
const MAX_AGE_S = '600';

/** Ours, and those that clients of GraphQL send by themselves. */
const ALLOWED_HEADERS = [
  'authorization',
  'content-type',
  'traceparent',
  'idempotency-key',
  'priority',
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'apollographql-client-name',
  'apollographql-client-version',
].join(', ');

/** Lets pages of these origins ask from a browser (Fetch standard, CORS). Returns whether the request was a preflight, now answered. */
export function createCors(
  origins: readonly string[],
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const allowed = new Set(origins);
  return (request, response) => {
    const origin = header(request, 'origin');
    if (origin === undefined || allowed.size === 0) return false;
    response.setHeader('vary', 'origin');
    if (!allowed.has(origin)) return false;
    response.setHeader('access-control-allow-origin', origin);
    // What a page is to go by when it asked for too much.
    response.setHeader('access-control-expose-headers', 'retry-after, ratelimit, ratelimit-policy');
    if (request.method !== 'OPTIONS') return false;
    response.setHeader('access-control-allow-methods', 'GET, POST');
    response.setHeader('access-control-allow-headers', ALLOWED_HEADERS);
    response.setHeader('access-control-max-age', MAX_AGE_S);
    response.writeHead(204);
    response.end();
    return true;
  };
}
