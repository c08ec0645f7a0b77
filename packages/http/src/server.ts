import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Fault } from '@entrepot/kernel/fault';
import { type Logger, loggerOf } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { openSpan, runInSpan } from '@entrepot/telemetry/trace';
import { createBeforeParser, type Unread } from './before-parser.ts';
import { refuseMalformed } from './client-errors.ts';
import { drain } from './drain.ts';
import { sendError, sendJson } from './respond.ts';
import { trackRunning } from './running.ts';
import { KEEP_ALIVE_S } from './write-answer.ts';

/** `follow`: to be called with the response when the same could be answered unread the next time. */
export type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  follow: (response: ServerResponse) => void,
) => Promise<void>;

export type ListenOptions = {
  host: string;
  /** 0 takes any free one. */
  port: number;
  logger: Logger;
  registry: Registry;
  /** What `/metrics` answers, when that is more than the registry of this process. */
  metricsText?: (() => Promise<string>) | undefined;
  /** The reasons why this process cannot serve now; none when it can. */
  ready: () => Promise<readonly string[]> | readonly string[];
  /** Serves all other paths; a Fault that it throws becomes a JSON error. */
  handle: Handler;
  /** Takes over connections that ask for another protocol, such as WebSocket; without it they are plain requests. */
  upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** What is done with requests that node:http has not read. */
  unread?: Unread;
  /**
   * Whether `currentTrace` tells of the request that is served, which it does unless told otherwise. A handler that passes its span on
   * by hand saves what asynchronous context costs.
   */
  isTraceCurrent?: boolean;
  /** How long `close` waits for running requests. */
  drainMs: number;
  /** How long `/readyz` answers 503 before the listener closes, so that load balancers look elsewhere first. */
  readyDrainMs?: number;
};

export type Listening = {
  port: number;
  url: string;
  /** Lets running requests finish and closes all connections; the same promise however often it is called. */
  close(): Promise<void>;
};

/** Serves HTTP, with `/livez`, `/readyz` and `/metrics` beside whatever `handle` serves. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { host, logger, registry, handle, upgrade, isTraceCurrent = true } = options;
  let closing: Promise<void> | undefined;
  const running = trackRunning(registry);
  const upgraded = new Set<Duplex>();
  const beforeParser =
    options.unread &&
    createBeforeParser(options.unread, {
      isClosing: () => closing !== undefined,
      isUpgraded: (socket) => upgraded.has(socket),
      count: running.count,
    });
  const follow = (response: ServerResponse) => beforeParser?.follow(response);

  const server = createServer((request, response) => {
    if (request.url?.startsWith('/') === false) request.url = toOriginForm(request.url);
    beforeParser?.see(request, response);
    running.add(response);
    const act = () => {
      serve(request, response).catch((error: unknown) => fail(request, response, error));
    };
    if (isTraceCurrent) runInSpan(openSpan(header(request, 'traceparent')), act);
    else act();
  });

  // Not async itself: a promise around that of each request would be one more to wait for.
  function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const own = ownRoutes.get(pathOf(request));
    return own ? own(response) : handle(request, response, follow);
  }

  const ownRoutes = new Map<string, (response: ServerResponse) => Promise<void>>([
    ['/livez', async (response) => sendJson(response, 200, { status: 'alive' })],
    [
      '/readyz',
      async (response) => sendReadiness(response, closing === undefined ? await options.ready() : ['draining']),
    ],
    ['/metrics', (response) => sendMetrics(response, registry, options.metricsText)],
  ]);

  function fail(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    // The client has left: there is nobody to answer, and nothing of ours is broken.
    if (response.destroyed) return;
    // A Fault is an answer; anything else is a mistake of ours, which the client must not see and we must.
    if (!(error instanceof Fault)) {
      const span = isTraceCurrent ? undefined : openSpan(header(request, 'traceparent'));
      loggerOf(logger, span).error({ err: error, path: pathOf(request) }, 'request failed');
    }
    if (response.headersSent) response.destroy();
    else sendError(response, error);
  }

  server.keepAliveTimeout = KEEP_ALIVE_S * 1_000;
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  server.on('clientError', (error, socket) => {
    // A second answer on a connection would be read as part of the first.
    if (running.hasBegun(socket)) socket.destroy();
    else refuseMalformed(error, socket);
  });
  if (upgrade) {
    server.on('upgrade', (request, socket, head) => {
      upgraded.add(socket);
      socket.once('close', () => upgraded.delete(socket));
      upgrade(request, socket, head);
    });
  }

  const port = await open(server, options);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  logger.info({ url }, 'listening');
  const close = () => {
    closing ??= drain({ ...options, server, running, upgraded, isOwing: () => beforeParser?.isOwing() === true });
    return closing;
  };
  return { port, url, close };
}

async function open(server: Server, { host, port }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE'
          ? `port ${port} is taken: stop what uses it, or set PORT`
          : `cannot listen on ${host}:${port}: ${cause.message}`;
      reject(new Error(reason, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

function sendReadiness(response: ServerResponse, reasons: readonly string[]): void {
  const isReady = reasons.length === 0;
  const body = isReady ? { status: 'ready' } : { status: 'not ready', reasons };
  sendJson(response, isReady ? 200 : 503, body, { 'cache-control': 'no-store' });
}

async function sendMetrics(
  response: ServerResponse,
  registry: Registry,
  metricsText: () => Promise<string> = () => registry.metrics(),
): Promise<void> {
  const text = await metricsText();
  response.writeHead(200, { 'content-type': registry.contentType });
  response.end(text);
}

/** A header that may be sent once; the first when it was sent more often. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** Servers have to take a request line as proxies send it, with a whole URL (RFC 9112, 3.2.2). */
function toOriginForm(url: string): string {
  const rest = url.replace(/^https?:\/\/[^/?]*/i, '');
  return rest === url || rest.startsWith('/') ? rest : `/${rest}`;
}

/** The path of a request's URL, without its query. */
export function pathOf({ url = '/' }: IncomingMessage): string {
  const mark = url.indexOf('?');
  return mark === -1 ? url : url.slice(0, mark);
}
