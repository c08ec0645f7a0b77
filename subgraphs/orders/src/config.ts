import { z } from 'zod';

const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' });
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

const Environment = z
  .object({
    HOST: z.string().default('127.0.0.1'),
    PORT: whole(0, 65_535).default(4003),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    /** How long SIGTERM waits for running requests; a placeOrder may wait 10 s. */
    DRAIN_MS: whole(0, 600_000).default(10_000),
    READY_DRAIN_MS: whole(0, 600_000).default(0),
    GATEWAY_CREDENTIAL: z.string().min(32, 'must have at least 32 characters'),
    ORDERS_DATABASE_URL: postgresUrl,
    /** Where the back office's list of all orders is read; the primary without it. */
    ORDERS_REPLICA_URL: postgresUrl.optional(),
    DATABASE_POOL_SIZE: whole(2, 200).default(10),
    KAFKA_BROKERS: z
      .string()
      .regex(/^[^,\s:]+:\d+(,[^,\s:]+:\d+)*$/, 'must be host:port, separated by commas')
      .optional(),
    EVENTS_DATABASE_URL: postgresUrl.optional(),
    /** How long one call of a payment provider may take, and how often a capture is tried. */
    PAYMENT_ATTEMPT_MS: whole(50, 60_000).default(2_000),
    PAYMENT_ATTEMPTS: whole(1, 10).default(2),
    /** How many calls of payment providers a process makes at once. */
    PAYMENT_CONCURRENCY: whole(1, 1_000).default(32),
    /** How often the sweeper looks for what a crash left. */
    SWEEP_MS: whole(50, 600_000).default(2_000),
    /** How long a step has before the sweeper takes the order over; longer than a whole payment takes. */
    STEP_LEASE_MS: whole(100, 3_600_000).default(15_000),
  })
  .refine((env) => env.KAFKA_BROKERS !== undefined || env.EVENTS_DATABASE_URL !== undefined, {
    error: 'set KAFKA_BROKERS, or EVENTS_DATABASE_URL for the event log in PostgreSQL',
    path: ['KAFKA_BROKERS'],
  });

/** The only reader of the environment. main.ts calls it once and hands the result down. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env) {
  const { data, error } = Environment.safeParse(env);
  if (error) throw new Error(`invalid environment\n${z.prettifyError(error)}`);
  return Object.freeze(data);
}

export type Config = ReturnType<typeof loadConfig>;
