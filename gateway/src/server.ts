import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '@entrepot/http/body';
import { sendError } from '@entrepot/http/respond';
import { type Handler, header, pathOf } from '@entrepot/http/server';
import { Cancellation } from '@entrepot/kernel/cancellation';
import { Fault } from '@entrepot/kernel/fault';
import { openSpan } from '@entrepot/telemetry/trace';
import type { Answer, AnswerIncoming, Incoming, StreamedAnswer } from './operations/http-request.ts';

/** Where GraphQL is. */
export const PATHS: ReadonlySet<string> = new Set(['/', '/graphql']);
/** What every answer says of itself. */
export const ALWAYS = { 'x-content-type-options': 'nosniff' } as const;
const NOTHING = Buffer.alloc(0);

export type HandlerOptions = {
  answer: AnswerIncoming;
  /** Returns whether the request was a browser's question to be let in, now answered. */
  cors: (request: IncomingMessage, response: ServerResponse) => boolean;
  maxBodyBytes: number;
  /** What is served at other paths than GraphQL's. */
  routes?: Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>>;
};

/** HTTP in and out: bytes and headers, no GraphQL. Everything that is refused is answered as JSON with a stable code. */
export function createHandler({ answer, cors, maxBodyBytes, routes = {} }: HandlerOptions): Handler {
  return async (request, response, follow) => {
    try {
      const route = routes[pathOf(request)];
      if (route) return await route(request, response);
      if (cors(request, response)) return;
      const method = methodOf(request);
      const bytes = method === 'POST' ? await readBody(request, maxBodyBytes) : NOTHING;
      // It may have waited for longer than its client did: the work would be for nobody.
      if (response.destroyed) return;
      const answering = answer(incomingOf(request, response, method, bytes));
      const answered = answering instanceof Promise ? await answering : answering;
      if (response.destroyed) return;
      if ('parts' in answered) await writeParts(response, answered);
      else {
        if (answered.isAtOnce) follow(response);
        write(response, answered);
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!response.destroyed) sendError(response, error);
    }
  };
}

/** @throws Fault for what cannot be GraphQL, by its path or its method */
function methodOf(request: IncomingMessage): Incoming['method'] {
  const path = pathOf(request);
  if (!PATHS.has(path)) throw new Fault('NOT_FOUND', `there is nothing at ${path.slice(0, 100)}: GraphQL is at /`);
  const { method } = request;
  if (method === 'GET' || method === 'POST') return method;
  throw new Fault('METHOD_NOT_ALLOWED', `GraphQL is asked by POST or GET, not by ${method}`);
}

function incomingOf(
  request: IncomingMessage,
  response: ServerResponse,
  method: Incoming['method'],
  bytes: Buffer,
): Incoming {
  const { headers, url = '/', socket } = request;
  let gone: Cancellation | undefined;
  const signal = () => {
    gone ??= cancelledOnClose(response);
    return gone;
  };
  const span = openSpan(header(request, 'traceparent'));
  const search = url.slice(pathOf(request).length);
  return { method, headers, search, bytes, address: socket.remoteAddress, span, signal };
}

function cancelledOnClose(response: ServerResponse): Cancellation {
  const gone = new Cancellation();
  if (response.destroyed) gone.cancel();
  response.once('close', () => {
    if (!response.writableFinished) gone.cancel();
  });
  return gone;
}

function write(response: ServerResponse, { status, headers, body, tail }: Answer): void {
  const head = headOf(response, headers);
  // The answer to a question that has been asked before has no length of its own.
  if (status !== 304)
    head.push('content-length', String(Buffer.byteLength(body) + (tail ? Buffer.byteLength(tail) : 0)));
  response.writeHead(status, head);
  if (tail === undefined) return void response.end(body);
  // Head, body and tail in one write.
  response.cork();
  response.write(body);
  response.end(tail);
}

/** Writes no part before the client has taken what was written, so that a slow one costs no memory. */
async function writeParts(response: ServerResponse, answer: StreamedAnswer): Promise<void> {
  const { status, headers, parts, dropped } = answer;
  response.writeHead(status, headOf(response, headers));
  dropped?.addEventListener('abort', () => response.destroy(), { once: true });
  for await (const part of parts) {
    if (!response.write(part)) await takenOrGone(response);
    if (response.destroyed) return;
  }
  response.end();
}

function takenOrGone(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      response.off('drain', end).off('close', end);
      resolve();
    };
    response.on('drain', end).on('close', end);
    if (response.destroyed) end();
  });
}

const FIRST = Object.entries(ALWAYS).flat();

function headOf(response: ServerResponse, headers: Answer['headers']): string[] {
  const head: string[] = [...FIRST];
  for (const name in headers) {
    const value = headers[name] ?? '';
    const before = name === 'vary' ? response.getHeader(name) : undefined;
    head.push(name, before === undefined ? value : `${before}, ${value}`);
  }
  return head;
}
