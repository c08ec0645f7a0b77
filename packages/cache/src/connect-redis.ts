import { Redis } from 'ioredis';

export type RedisConnection = {
  url: string;
  /** As Redis lists it. */
  name: string;
  commandTimeoutMs: number;
};

/** A connection for what can do without Redis: nothing waits for it to come back, and nothing is sent twice. */
export function connectRedis({ url, name, commandTimeoutMs }: RedisConnection): Redis {
  return new Redis(url, {
    commandTimeout: commandTimeoutMs,
    connectTimeout: 1_000,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // A server that hangs gets a new connection, lest what it never answers pile up here.
    socketTimeout: 5_000,
    retryStrategy: (attempt) => Math.min(2_000, 50 * 2 ** attempt) * (0.5 + Math.random() / 2),
    connectionName: name,
    disableClientInfo: true,
  });
}
