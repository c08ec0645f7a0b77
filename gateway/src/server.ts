import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseJson, readBody } from '@entrepot/http/body';
import { sendError } from '@entrepot/http/respond';
import { type Handler, pathOf } from '@entrepot/http/server';
import { Fault } from '@entrepot/kernel/fault';
import type { Answer, HttpRequest } from './operations/http-request.ts';
import type { Pipeline } from './pipeline.ts';

const PATHS = new Set(['/', '/graphql']);

export type HandlerOptions = {
  answer: Pipeline;
  /** Returns whether the request was a browser's question to be let in, now answered. */
  cors: (request: IncomingMessage, response: ServerResponse) => boolean;
  maxBodyBytes: number;
};

/** HTTP in and out: bytes and headers, no GraphQL. Everything that is refused is answered as JSON with a stable code. */
export function createHandler({ answer, cors, maxBodyBytes }: HandlerOptions): Handler {
  return async (request, response) => {
    try {
      if (cors(request, response)) return;
      const asked = await read(request, maxBodyBytes);
      // It may have waited for longer than its client did: the work would be for nobody.
      if (response.destroyed) return;
      write(response, await answer(asked));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      sendError(response, error);
    }
  };
}

async function read(request: IncomingMessage, maxBodyBytes: number): Promise<HttpRequest> {
  const path = pathOf(request);
  if (!PATHS.has(path)) throw new Fault('NOT_FOUND', `there is nothing at ${path.slice(0, 100)}: GraphQL is at /`);
  const { method, headers, url = '/' } = request;
  if (method !== 'GET' && method !== 'POST')
    throw new Fault('METHOD_NOT_ALLOWED', `GraphQL is asked by POST or GET, not by ${method}`);
  const body = method === 'POST' ? parseJson(await readBody(request, maxBodyBytes)) : undefined;
  return { method, headers, search: url.slice(path.length), body };
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  if (response.destroyed) return;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), ...SAFE });
  response.end(body);
}

const SAFE = { 'x-content-type-options': 'nosniff' };
