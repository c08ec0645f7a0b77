import { NoResponse } from '../no-response.ts';
import { type Connection, type Job, openConnection, type Target } from './connection.ts';
import { createDeadlines } from './deadlines.ts';
import type { ReaderOptions } from './response-reader.ts';
import { createHeadReader } from './usual-heads.ts';

export type ConnectionPool = {
  /** Begins, or waits for a connection. */
  send(job: Job): void;
  /** Ends it, unless it has ended. What was already sent takes its connection with it. */
  cancel(job: Job, failure: NoResponse): void;
  /** Fails all that may be sent elsewhere. */
  interrupt(): void;
  close(): void;
};

export type PoolOptions = Omit<ReaderOptions, 'readHead'> & { maxConnections: number; maxIdleMs: number };

type Idle = { readonly connection: Connection; readonly until: number };

const SWEEP_MS = 1_000;
/** A server that says when it closes may be early, and its close may be on its way. */
const KEEP_ALIVE_MARGIN_MS = 1_000;

/** The connections to one address. The one used last is used next, so that those too many fall idle and are closed. */
export function createConnectionPool(target: Target, options: PoolOptions): ConnectionPool {
  const { maxConnections, maxIdleMs } = options;
  const reading = { ...options, readHead: createHeadReader() };
  const connections = new Set<Connection>();
  const waiting = new Set<Job>();
  let idle: Idle[] = [];
  let connecting = 0;
  let sweeper: NodeJS.Timeout | undefined;
  let isClosed = false;

  const release = (connection: Connection, keepAliveMs = Number.POSITIVE_INFINITY) => {
    const [next] = waiting.size > 0 ? waiting : [];
    if (next) {
      waiting.delete(next);
      return connection.send(next);
    }
    const keepMs = Math.min(maxIdleMs, keepAliveMs - KEEP_ALIVE_MARGIN_MS);
    idle.push({ connection, until: performance.now() + keepMs });
    sweeper ??= setInterval(sweep, SWEEP_MS).unref();
  };

  const sweep = () => {
    const now = performance.now();
    for (const { connection, until } of idle) if (until <= now) connection.destroy();
    idle = idle.filter(({ until }) => until > now);
    if (idle.length > 0) return;
    clearInterval(sweeper);
    sweeper = undefined;
  };

  const takeIdle = (): Connection | undefined => {
    for (let kept = idle.pop(); kept; kept = idle.pop()) {
      if (kept.until > performance.now()) return kept.connection;
      kept.connection.destroy();
    }
    return undefined;
  };

  const connect = () => {
    if (isClosed || connecting >= waiting.size || connections.size >= maxConnections) return;
    connecting++;
    let isOpening = true;
    const opened = () => {
      if (isOpening) connecting--;
      isOpening = false;
    };
    const connection = openConnection(target, reading, {
      onOpen() {
        opened();
        release(connection);
      },
      onFree: (keepAliveMs) => release(connection, keepAliveMs),
      onClose(failure) {
        opened();
        connections.delete(connection);
        idle = idle.filter((kept) => kept.connection !== connection);
        if (failure.isUnsent) giveUp(failure);
        connect();
      },
    });
    connections.add(connection);
  };

  /** A connection that came to nothing fails who waited longest; where nobody listens, all who wait. */
  const giveUp = (failure: NoResponse) => {
    for (const job of waiting) {
      waiting.delete(job);
      job.onEnd(failure);
      if (!failure.isRefused) return;
    }
  };

  const cancel = (job: Job, failure: NoResponse) => {
    if (waiting.delete(job)) return job.onEnd(failure);
    for (const connection of connections) {
      if (connection.job() !== job) continue;
      connection.abandon();
      return job.onEnd(failure);
    }
  };

  const deadlines = createDeadlines((now) => {
    const jobs = [...waiting];
    for (const connection of connections) {
      const job = connection.job();
      if (job) jobs.push(job);
    }
    let earliest = Number.POSITIVE_INFINITY;
    for (const job of jobs) {
      if (job.endsAt > now) earliest = Math.min(earliest, job.endsAt);
      else cancel(job, new NoResponse('timeout', 'no complete response in time'));
    }
    return earliest;
  });

  return {
    send(job) {
      deadlines.watch(job.endsAt);
      const connection = takeIdle();
      if (connection) return connection.send(job);
      waiting.add(job);
      connect();
    },
    cancel,
    interrupt() {
      for (const job of waiting)
        if (job.isRepeatable) cancel(job, new NoResponse('unavailable', 'it waited', { isUnsent: true }));
      for (const connection of connections) if (connection.job()?.isRepeatable) connection.destroy();
    },
    close() {
      isClosed = true;
      clearInterval(sweeper);
      giveUp(new NoResponse('unavailable', 'the gateway is closing', { isUnsent: true, isRefused: true }));
      for (const connection of connections) connection.destroy();
    },
  };
}
