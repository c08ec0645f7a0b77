import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { runWithTrace } from '@entrepot/telemetry/trace';
import { sendError, sendJson } from './respond.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export type ListenOptions = {
  host: string;
  /** 0 takes any free one. */
  port: number;
  logger: Logger;
  registry: Registry;
  /** The reasons why this process cannot serve now; none when it can. */
  ready: () => Promise<readonly string[]> | readonly string[];
  handle: Handler;
  /** How long `close` waits for running requests. */
  drainMs: number;
  /** How long `/readyz` answers 503 before the listener closes, so that load balancers look elsewhere first. */
  readyDrainMs?: number;
};

export type Listening = { port: number; url: string; close(): Promise<void> };

/** Serves HTTP, with `/livez`, `/readyz` and `/metrics` beside whatever `handle` serves. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const { host, logger, handle } = options;
  const state = { draining: false };
  const server = createServer((request, response) => {
    if (state.draining) response.setHeader('connection', 'close');
    runWithTrace(header(request, 'traceparent'), () => {
      serve(request, response).catch((error: unknown) => {
        logger.error({ err: error, path: request.url }, 'request failed');
        if (!response.headersSent) sendError(response, error);
        else response.destroy();
      });
    });
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    switch (request.url) {
      case '/livez':
        return sendJson(response, 200, { status: 'alive' });
      case '/readyz':
        return sendReadiness(response, state.draining ? ['draining'] : await options.ready());
      case '/metrics':
        return sendMetrics(response, options.registry);
      default:
        return handle(request, response);
    }
  }
  // Longer than any client of ours keeps an idle connection, so that it is never we who close one under a request.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  const port = await open(server, options);
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  logger.info({ url }, 'listening');
  return { port, url, close: () => close(server, state, options) };
}

async function open(server: Server, { host, port }: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      reject(
        new Error(
          taken
            ? `port ${port} is taken: stop what uses it, or set PORT`
            : `cannot listen on ${host}:${port}: ${error.message}`,
          {
            cause: error,
          },
        ),
      );
    });
    server.listen({ host, port }, resolve);
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

async function close(server: Server, state: { draining: boolean }, options: ListenOptions): Promise<void> {
  if (state.draining) return;
  state.draining = true;
  if (options.readyDrainMs) await new Promise((wake) => setTimeout(wake, options.readyDrainMs));
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const limit = setTimeout(() => {
    options.logger.warn(
      { drainMs: options.drainMs },
      'requests still running after the drain; closing their connections',
    );
    server.closeAllConnections();
  }, options.drainMs);
  // A keep-alive connection that was busy becomes idle without closing when its answer was begun before the drain.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearTimeout(limit);
  clearInterval(sweep);
}

function sendReadiness(response: ServerResponse, reasons: readonly string[]): void {
  const isReady = reasons.length === 0;
  sendJson(response, isReady ? 200 : 503, isReady ? { status: 'ready' } : { status: 'not ready', reasons });
}

async function sendMetrics(response: ServerResponse, registry: Registry): Promise<void> {
  const text = await registry.metrics();
  response.writeHead(200, { 'content-type': registry.contentType });
  response.end(text);
}

/** A header that may be sent once; the first when it was sent more often. */
export function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}
