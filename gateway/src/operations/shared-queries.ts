import { hash } from 'node:crypto';
import { createBreaker } from '@entrepot/cache/breaker';
import { connectRedis } from '@entrepot/cache/connect-redis';
import type { Logger } from '@entrepot/telemetry/logger';

/** The texts of automatic persisted queries, for all gateways: what a client has told one of them, it need not tell another. */
export type SharedQueries = {
  /** Undefined when nobody knows it, or that cannot be found out in time. Never rejects. */
  find(id: string): Promise<string | undefined>;
  keep(id: string, text: string): void;
  close(): void;
};

export type SharedQueriesOptions = {
  url: string;
  logger: Logger;
  /** Keeps gateways apart that share a server. */
  prefix?: string;
  /** How long a request may wait for Redis. */
  commandTimeoutMs: number;
};

/** A query that nobody has looked for is forgotten after so long; clients send their text again then. */
const TTL_S = 7 * 24 * 3_600;
const BREAKER = { threshold: 3, pauseMs: 500 };
const SHA256 = /^[0-9a-f]{64}$/;

export function createSharedQueries(options: SharedQueriesOptions): SharedQueries {
  const { url, logger, prefix = 'entrepot', commandTimeoutMs } = options;
  const redis = connectRedis({ url, name: 'entrepot-queries', commandTimeoutMs });
  const breaker = createBreaker(BREAKER);
  redis.on('error', (error: Error) => logger.debug({ err: error }, 'the persisted queries in Redis are out of reach'));
  redis.on('ready', () => breaker.succeeded());
  const keyOf = (id: string) => `{${prefix}}:query:${id}`;

  const ask = async <T>(command: () => Promise<T>): Promise<T | undefined> => {
    if (redis.status !== 'ready' || !breaker.allows()) return undefined;
    try {
      const reply = await command();
      breaker.succeeded();
      return reply;
    } catch (error) {
      breaker.failed();
      logger.debug({ err: error }, 'the persisted queries in Redis did not answer');
      return undefined;
    }
  };

  return {
    async find(id) {
      if (!SHA256.test(id)) return undefined;
      const text = await ask(() => redis.getex(keyOf(id), 'EX', TTL_S));
      // Whoever can write to Redis must not decide what a client's hash stands for.
      return typeof text === 'string' && hash('sha256', text, 'hex') === id ? text : undefined;
    },
    keep: (id, text) => void ask(() => redis.set(keyOf(id), text, 'EX', TTL_S)),
    close: () => redis.disconnect(),
  };
}
