import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { Address } from '../addresses.ts';
import { lost, MAX_EVENT_BYTES, type StreamEnd, type StreamHeaders, type StreamSink, tlsOptionsOf } from './stream.ts';

export type SocketStreamRequest = {
  readonly address: Address;
  readonly headers: StreamHeaders;
  readonly payload: { query: string; operationName?: string; variables: Record<string, unknown> };
};

export type SocketStreams = {
  open(request: SocketStreamRequest, sink: StreamSink): () => void;
  close(): void;
};

export type SocketOptions = {
  /** How long it may take until a connection can be used. */
  timeoutMs: number;
  heartbeatMs: number;
};

type Connection = { readonly client: Client; isOpen: boolean; size: number; bytes: number };

/**
 * Subscriptions by WebSocket (graphql-transport-ws). Those of equal viewers to one place share a connection: who asks is told
 * by its head and by its first message, as servers look for it in either.
 */
export function createSocketStreams({ timeoutMs, heartbeatMs }: SocketOptions): SocketStreams {
  const connections = new Map<string, Connection>();
  const forget = (key: string, connection: Connection) => {
    if (connections.get(key) === connection) connections.delete(key);
  };

  const connect = (key: string, { address, headers }: SocketStreamRequest): Connection => {
    const { target, host, path } = address;
    const scheme = target.tlsName === undefined ? 'ws' : 'wss';
    const place = target.host.includes(':') ? `[${target.host}]` : target.host;
    class Socket extends WebSocket {
      constructor(url: string, protocol: string) {
        super(url, protocol, {
          headers: { ...headers, host },
          ...tlsOptionsOf(address),
          handshakeTimeout: timeoutMs,
          maxPayload: MAX_EVENT_BYTES,
          perMessageDeflate: false,
        });
        // Before the client's own: it is not told how long a message was.
        this.on('message', (data: Buffer) => {
          connection.bytes = data.length;
        });
      }
    }
    const client = createClient({
      url: `${scheme}://${place}:${target.port}${path}`,
      webSocketImpl: Socket,
      connectionParams: headers,
      connectionAckWaitTimeout: timeoutMs,
      // What was missed meanwhile nobody would be told: whoever subscribed decides.
      retryAttempts: 0,
      onNonLazyError: () => {},
      on: {
        opened: (socket) => {
          if (socket instanceof WebSocket) watch(socket, heartbeatMs);
        },
        connected: () => {
          connection.isOpen = true;
        },
        closed: () => forget(key, connection),
      },
    });
    const connection: Connection = { client, isOpen: false, size: 0, bytes: 0 };
    return connection;
  };

  return {
    open(request, sink) {
      const { address, headers, payload } = request;
      const key = `${address.key} ${JSON.stringify(headers)}`;
      const connection = connections.get(key) ?? connect(key, request);
      connections.set(key, connection);
      connection.size++;
      let isOver = false;
      const leave = () => {
        isOver = true;
        // The client is about to close it: whoever comes now would be closed with it.
        if (--connection.size === 0) forget(key, connection);
      };
      const end = (how: StreamEnd) => {
        if (isOver) return;
        leave();
        sink.ended(how);
      };
      const unlisten = connection.isOpen ? () => {} : connection.client.on('connected', sink.opened);
      const stop = connection.client.subscribe(payload, {
        next(result) {
          if (!isOver) sink.event(result, connection.bytes);
        },
        error: (error) => end(Array.isArray(error) ? { kind: 'refused', errors: error } : lost(reasonOf(error))),
        complete: () => end({ kind: 'complete' }),
      });
      if (connection.isOpen) sink.opened();
      return () => {
        unlisten();
        if (!isOver) leave();
        stop();
      };
    },
    close() {
      for (const { client } of connections.values()) void client.dispose();
      connections.clear();
    },
  };
}

/** A connection whose other end is gone without a word is noticed by the second ping. */
function watch(socket: WebSocket, heartbeatMs: number): void {
  let isAnswered = true;
  socket.on('pong', () => {
    isAnswered = true;
  });
  const timer = setInterval(() => {
    if (!isAnswered) return socket.terminate();
    isAnswered = false;
    socket.ping();
  }, heartbeatMs);
  socket.once('close', () => clearInterval(timer));
}

/** The client reports an error, or the event by which a connection was closed. */
function reasonOf(error: unknown): string {
  const { message, code, reason } = Object(error);
  return typeof message === 'string' ? message : `closed with ${code} ${reason}`;
}
