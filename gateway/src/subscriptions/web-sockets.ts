import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { pathOf } from '@entrepot/http/server';
import { Cancellation } from '@entrepot/kernel/cancellation';
import type { Logger } from '@entrepot/telemetry/logger';
import { GRAPHQL_TRANSPORT_WS_PROTOCOL, makeServer } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { ENDINGS } from './ending.ts';
import { watchLine } from './line.ts';
import { begin, type Connection, closeWith, connect, resultOf, type SocketOperations } from './socket-operations.ts';
import type { SubscriptionMetrics } from './subscription-metrics.ts';

export type WebSocketParts = SocketOperations & {
  paths: ReadonlySet<string>;
  heartbeatMs: number;
  slowMs: number;
  maxSockets: number;
  maxMessageBytes: number;
  metrics: SubscriptionMetrics;
  logger: Logger;
};

export type WebSockets = {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells all clients to go elsewhere, and closes the connections of those who do not. */
  close(): Promise<void>;
};

const CLOSE_LIMIT_MS = 1_000;

/** GraphQL over WebSocket (the protocol graphql-transport-ws), for subscriptions and everything else. */
export function createWebSockets(parts: WebSocketParts): WebSockets {
  const { logger, metrics } = parts;
  const sockets = new Set<WebSocket>();
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: parts.maxMessageBytes,
    perMessageDeflate: false,
    handleProtocols: (protocols) =>
      protocols.has(GRAPHQL_TRANSPORT_WS_PROTOCOL) ? GRAPHQL_TRANSPORT_WS_PROTOCOL : false,
  });
  const protocol = makeServer<Record<string, unknown> | undefined, Connection>({
    onConnect: ({ extra, connectionParams }) => connect(parts, extra, connectionParams),
    onSubscribe: (context, _, payload) =>
      begin(parts, context.extra, payload, Object.keys(context.subscriptions).length),
    subscribe: resultOf,
    execute: resultOf,
  });
  let isClosed = false;

  const open = (socket: WebSocket, request: IncomingMessage) => {
    sockets.add(socket);
    metrics.sockets(sockets.size);
    const connection: Connection = { socket, request, gone: new Cancellation(), lives: new Set() };
    const onSlow = () => {
      for (const live of connection.lives) live.end(ENDINGS.slow);
      closeWith(socket, ENDINGS.slow);
    };
    const line = watchLine(socket, { ...parts, onSlow });
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: line.send,
        close: (code, reason) => socket.close(code, reason),
        onMessage: (handle) => {
          socket.on('message', (data) => {
            handle(String(data)).catch((error: unknown) => {
              logger.error({ err: error }, 'a WebSocket message failed inside the gateway');
              socket.close(1011, 'INTERNAL_SERVER_ERROR');
            });
          });
        },
      },
      connection,
    );
    // Whatever is wrong with it, it is closed next.
    socket.on('error', () => {});
    socket.once('close', (code, reason) => {
      line.stop();
      connection.gone.cancel();
      sockets.delete(socket);
      metrics.sockets(sockets.size);
      void closed(code, String(reason));
    });
  };

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => {});
      if (!parts.paths.has(pathOf(request))) return refuseUpgrade(socket, '404 Not Found');
      if (isClosed || sockets.size >= parts.maxSockets) return refuseUpgrade(socket, '503 Service Unavailable');
      server.handleUpgrade(request, socket, head, open);
    },
    async close() {
      isClosed = true;
      for (const socket of sockets) closeWith(socket, ENDINGS.shutdown);
      const limit = Date.now() + CLOSE_LIMIT_MS;
      while (sockets.size > 0 && Date.now() < limit) await new Promise((wake) => setTimeout(wake, 10));
      for (const socket of sockets) socket.terminate();
    },
  };
}

function refuseUpgrade(socket: Duplex, status: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}
