import { z } from 'zod';

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4002),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DRAIN_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
  READY_DRAIN_MS: z.coerce.number().int().min(0).max(600_000).default(0),
  GATEWAY_CREDENTIAL: z.string().min(32, 'must have at least 32 characters'),
  PRODUCTS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }),
  PRODUCTS_REPLICA_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }).optional(),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(10),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^,\s:]+:\d+(,[^,\s:]+:\d+)*$/, 'must be host:port, separated by commas')
    .optional(),
  EVENTS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }).optional(),
});

const Config = Environment.refine((env) => env.KAFKA_BROKERS !== undefined || env.EVENTS_DATABASE_URL !== undefined, {
  error: 'set KAFKA_BROKERS, or EVENTS_DATABASE_URL for the event log in PostgreSQL',
  path: ['KAFKA_BROKERS'],
  // Asked even when something else is wrong, so that all problems are told at once.
  when: () => true,
});

/** The only reader of the environment. main.ts calls it once and hands the result down. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const { data, error } = Config.safeParse(env);
  if (error) throw new Error(`invalid environment\n${z.prettifyError(error)}`);
  return Object.freeze(data);
}

export type Config = ReturnType<typeof loadConfig>;

/** What the seed needs of the same environment. */
export function loadSeedConfig(env: NodeJS.ProcessEnv = process.env) {
  const { data, error } = Environment.pick({ PRODUCTS_DATABASE_URL: true }).safeParse(env);
  if (error) throw new Error(`invalid environment\n${z.prettifyError(error)}`);
  return data;
}
