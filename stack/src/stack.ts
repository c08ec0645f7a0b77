import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@entrepot/database/embedded';
import { ensureDatabase } from '@entrepot/database/ensure-database';
import { migrate } from '@entrepot/database/migrate';
import type { StackConfig } from './config.ts';
import { claimPort } from './ports.ts';
import { root, type Service, startService, whenReady } from './processes.ts';
import { loadSecrets } from './secrets.ts';
import { seed } from './seed.ts';
import { untilSettled } from './settled.ts';

const SERVICES = ['users', 'products', 'orders'] as const;
type ServiceName = (typeof SERVICES)[number];

export type Stack = {
  /** The endpoint's origin, such as `http://localhost:4000`. */
  readonly url: string;
  readonly services: readonly Service[];
  readonly databases: Readonly<Record<ServiceName, string>>;
  /** Where the table log is; undefined when events go to Kafka. */
  readonly eventsDatabase: string | undefined;
  readonly admin: { email: string; password: string };
  readonly gatewayCredential: string;
  /** Settles when a part ends by itself. */
  readonly failure: Promise<string>;
  stop(): Promise<void>;
};

export type StackOptions = {
  config: StackConfig;
  /** Called with one line for a person whenever a step begins. */
  progress?: (line: string) => void;
  watch?: boolean;
  /** Leave the catalogue empty. */
  emptyCatalogue?: boolean;
  /** Further environment for every part. */
  env?: Readonly<Record<string, string>>;
};

/** Starts every part that the configuration does not point elsewhere, in order; when a step fails, stops what had started. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const started: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (const step of started.splice(0).reverse()) await step();
  };
  try {
    return await start(options, started, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  { config, progress = () => {}, watch = false, emptyCatalogue = false, env: extraEnv = {} }: StackOptions,
  started: (() => Promise<void>)[],
  stop: () => Promise<void>,
): Promise<Stack> {
  const dataDir = resolve(root, config.DATA_DIR);
  const logDir = join(dataDir, 'logs');
  await makeFolder(logDir);
  const secrets = await loadSecrets(dataDir);
  const ports = await claimPorts(config);

  progress('PostgreSQL');
  const postgres = await startPostgres(config, dataDir, started);
  const databases = {
    users: config.USERS_DATABASE_URL ?? postgres.url('users'),
    products: config.PRODUCTS_DATABASE_URL ?? postgres.url('products'),
    orders: config.ORDERS_DATABASE_URL ?? postgres.url('orders'),
  };
  const eventsDatabase = config.EVENTS_DATABASE_URL ?? postgres.url('events');

  progress('migrations');
  await Promise.all([
    ...SERVICES.map((name) => migrate({ name, url: databases[name] })),
    config.KAFKA_BROKERS === undefined ? ensureDatabase(eventsDatabase) : undefined,
  ]);

  const admin = { email: config.ADMIN_EMAIL, password: secrets.adminPassword };
  progress('seed');
  await seed({ databases, admin, emptyCatalogue });

  progress('services');
  const log: Record<string, string> =
    config.KAFKA_BROKERS === undefined
      ? { EVENTS_DATABASE_URL: eventsDatabase }
      : { KAFKA_BROKERS: config.KAFKA_BROKERS };
  const common = {
    HOST: config.HOST,
    LOG_LEVEL: config.LOG_LEVEL,
    GATEWAY_CREDENTIAL: secrets.gatewayCredential,
    ...log,
    ...extraEnv,
  };
  const at = (port: number) => `http://${config.HOST}:${port}`;
  const launch = (name: string, entry: string, port: number, env: Record<string, string>) => {
    const service = startService({
      name,
      entry,
      url: at(port),
      env: { ...common, PORT: String(port), ...env },
      logDir,
      watch,
    });
    started.push(() => service.stop());
    return service;
  };
  const services = SERVICES.map((name) =>
    launch(name, `subgraphs/${name}/src/main.ts`, ports[name], {
      [`${name.toUpperCase()}_DATABASE_URL`]: databases[name],
      ...(name === 'users' && { ACCESS_TOKEN_PRIVATE_KEY: secrets.accessTokenPrivateKey }),
    }),
  );
  const gateway = launch('gateway', 'gateway/src/main.ts', ports.gateway, {
    SUPERGRAPH: 'schema/supergraph.graphql',
    // Whoever runs the shop by `npm start` develops against it.
    INTROSPECTION: 'true',
    LANDING_PAGE: 'true',
    SUBGRAPH_URLS: SERVICES.map((name) => `${name}=${at(ports[name])}/graphql`).join(','),
    JWKS_URL: `${at(ports.users)}/.well-known/jwks.json`,
    ...(config.REDIS_URL !== undefined && { REDIS_URL: config.REDIS_URL }),
  });
  const all = [...services, gateway];
  await Promise.all(all.map((service) => whenReady(service)));
  progress('the catalogue’s way to the orders');
  // Until the orders service has heard of every variant it would refuse to sell it.
  await untilSettled(services);

  return {
    url: at(ports.gateway),
    services: all,
    databases,
    eventsDatabase: config.KAFKA_BROKERS === undefined ? eventsDatabase : undefined,
    admin,
    gatewayCredential: secrets.gatewayCredential,
    failure: Promise.race([...all.map(describeEnd), ...(postgres.ended ? [describePostgresEnd(postgres.ended)] : [])]),
    stop,
  };
}

async function describeEnd(service: Service): Promise<string> {
  const { code, signal, tail } = await service.ended;
  return `${service.name} ended (${signal ?? `exit code ${code}`})\n${tail}`;
}

async function describePostgresEnd(ended: EmbeddedPostgres['ended']): Promise<string> {
  return `PostgreSQL ended\n${await ended}`;
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === 'ENOSPC' ? 'the disk is full' : error.message;
    throw new Error(`cannot make the data folder ${folder}: ${why}. Make room or rights there, or set DATA_DIR`, {
      cause: error,
    });
  });
}

async function claimPorts(config: StackConfig): Promise<Record<ServiceName | 'gateway', number>> {
  const claim = (port: number, setting: string) => claimPort(config.HOST, port, setting);
  const [gateway, users, products, orders] = await Promise.all([
    claim(config.PORT, 'PORT'),
    claim(config.USERS_PORT, 'USERS_PORT'),
    claim(config.PRODUCTS_PORT, 'PRODUCTS_PORT'),
    claim(config.ORDERS_PORT, 'ORDERS_PORT'),
  ]);
  return { gateway, users, products, orders };
}

async function startPostgres(
  config: StackConfig,
  dataDir: string,
  started: (() => Promise<void>)[],
): Promise<Pick<EmbeddedPostgres, 'url'> & Partial<Pick<EmbeddedPostgres, 'ended'>>> {
  const elsewhere = [config.USERS_DATABASE_URL, config.PRODUCTS_DATABASE_URL, config.ORDERS_DATABASE_URL];
  if (elsewhere.every((url) => url !== undefined) && (config.EVENTS_DATABASE_URL ?? config.KAFKA_BROKERS) !== undefined)
    return { url: (database) => `postgres://unused/${database}` };
  const port = await claimPort('127.0.0.1', config.POSTGRES_PORT, 'POSTGRES_PORT');
  const postgres = await startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), port });
  started.push(() => postgres.stop());
  return postgres;
}
