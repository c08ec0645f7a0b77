import type { Logger } from '@entrepot/telemetry/logger';
import { DURATION_BUCKETS, type Registry } from '@entrepot/telemetry/metrics';
import { PrismaPg } from '@prisma/adapter-pg';
import pg from 'pg';
import { Counter, Gauge, Histogram } from 'prom-client';

export type ConnectOptions = {
  url: string;
  /** How many connections at most. */
  poolSize: number;
  applicationName: string;
  /** The server's settings for these connections, such as `-c plan_cache_mode=force_generic_plan`. */
  serverOptions?: string;
  logger: Logger;
  registry: Registry;
};

export type Database = {
  readonly pool: pg.Pool;
  /** For `new PrismaClient({ adapter })`: Prisma's statements run on the same pool and are counted with it. */
  readonly adapter: PrismaPg;
  /** A connection outside of the pool, for what holds one for long: a session lock, LISTEN. Whoever opens it ends it. */
  dedicated(): Promise<pg.Client>;
  close(): Promise<void>;
};

/** Opens a bounded pool. No connection is made yet: a database that is down shows in readiness, not in a crash. */
export function connect(given: ConnectOptions): Database {
  const { url, poolSize, applicationName, serverOptions, logger, registry } = given;
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    application_name: applicationName,
    options: serverOptions,
    // A pool that is empty for longer than this is an overload, to be told and not to be waited out.
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 60_000,
    statement_timeout: 10_000,
    // Ours, for a server that can no longer be heard: without it a statement would wait for TCP, which is hours.
    query_timeout: 15_000,
    idle_in_transaction_session_timeout: 10_000,
    keepAlive: true,
  });
  pool.on('error', (error) => logger.warn({ err: error }, 'an idle database connection was lost'));
  measure(pool, applicationName, registry);
  return {
    pool,
    adapter: new PrismaPg(pool),
    dedicated: () => connectClient(url, applicationName, serverOptions),
    close: () => pool.end(),
  };
}

/** Opens one connection. Its loss is told by its `error` and `end` events; listen to them. */
export async function connectClient(url: string, applicationName: string, serverOptions?: string): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: applicationName,
    options: serverOptions,
    connectionTimeoutMillis: 5_000,
    keepAlive: true,
  });
  await client.connect();
  return client;
}

type Measures = { statements: Counter; durations: Histogram; pools: Map<string, pg.Pool> };

/** A process may have several pools, such as one on a replica: they share the metrics of its registry. */
const measuresOf = new WeakMap<Registry, Measures>();

function measure(pool: pg.Pool, name: string, registry: Registry): void {
  const { statements, durations, pools } = measuresOf.get(registry) ?? createMeasures(registry);
  pools.set(name, pool);
  pool.on('connect', (client) => {
    const query = client.query;
    // Every way to a statement, Prisma's adapter included, ends in the client's own `query`.
    Object.defineProperty(client, 'query', {
      value(...args: unknown[]) {
        statements.inc();
        return timed(durations, args, (timedArgs) => Reflect.apply(query, client, timedArgs));
      },
    });
  });
}

function createMeasures(registry: Registry): Measures {
  const registers = [registry];
  const pools = new Map<string, pg.Pool>();
  const statements = new Counter({
    name: 'db_statements_total',
    help: 'SQL statements sent, those of Prisma included',
    registers,
  });
  const durations = new Histogram({
    name: 'db_statement_duration_seconds',
    help: 'Time from sending a statement to its result',
    buckets: DURATION_BUCKETS,
    registers,
  });
  new Gauge({
    name: 'db_pool_connections',
    help: 'Connections of a pool by state, and requests waiting for one',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [name, pool] of pools) {
        this.set({ pool: name, state: 'idle' }, pool.idleCount);
        this.set({ pool: name, state: 'in_use' }, pool.totalCount - pool.idleCount);
        this.set({ pool: name, state: 'waiting' }, pool.waitingCount);
      }
    },
  });
  const measures = { statements, durations, pools };
  measuresOf.set(registry, measures);
  return measures;
}

/** Times a call of a client's `query`, which answers by promise or, when a pool asks for itself, by callback. */
function timed(durations: Histogram, args: unknown[], act: (args: unknown[]) => unknown): unknown {
  const end = durations.startTimer();
  const callback = args.at(-1);
  if (typeof callback === 'function') {
    return act([
      ...args.slice(0, -1),
      (...outcome: unknown[]) => {
        end();
        callback(...outcome);
      },
    ]);
  }
  const result = act(args);
  if (result instanceof Promise) {
    result.then(
      () => end(),
      () => end(),
    );
  }
  return result;
}
