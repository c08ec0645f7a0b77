import { z } from 'zod';

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4001),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DRAIN_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
  READY_DRAIN_MS: z.coerce.number().int().min(0).max(600_000).default(0),
  GATEWAY_CREDENTIAL: z.string().min(32, 'must have at least 32 characters'),
  USERS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(2).max(200).default(10),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^,\s:]+:\d+(,[^,\s:]+:\d+)*$/, 'must be host:port, separated by commas')
    .optional(),
  EVENTS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }).optional(),
  /** The Ed25519 key that signs access tokens: a private JWK as JSON, with a `kid`. */
  ACCESS_TOKEN_PRIVATE_KEY: z.string().min(1, 'must be an Ed25519 private JWK as JSON'),
  ACCESS_TOKEN_TTL_S: z.coerce.number().int().min(30).max(86_400).default(900),
  REFRESH_TOKEN_TTL_S: z.coerce.number().int().min(60).max(31_536_000).default(2_592_000),
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

const Seed = Environment.pick({ USERS_DATABASE_URL: true }).extend({
  ADMIN_EMAIL: z.string().min(1, 'must be the e-mail address of the administrator to make'),
  ADMIN_PASSWORD: z.string().min(1, 'must be the password of the administrator to make'),
});

/** What the seed of an administrator needs. */
export function loadSeedConfig(env: NodeJS.ProcessEnv = process.env) {
  const { data, error } = Seed.safeParse(env);
  if (error) throw new Error(`invalid environment\n${z.prettifyError(error)}`);
  return Object.freeze(data);
}
