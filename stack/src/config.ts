import { z } from 'zod';

const port = (fallback: number) =>
  z.coerce.number().int().min(0).max(65535).default(fallback).describe('a TCP port; 0 takes any free one');

const Environment = z.object({
  /** Where the embedded parts keep their data, logs and generated secrets. */
  DATA_DIR: z.string().min(1).default('.data'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: port(4000),
  USERS_PORT: port(4001),
  PRODUCTS_PORT: port(4002),
  ORDERS_PORT: port(4003),
  POSTGRES_PORT: port(4032),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  USERS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  PRODUCTS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  ORDERS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  EVENTS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  REDIS_URL: z.url({ protocol: /^rediss?$/ }).optional(),
  KAFKA_BROKERS: z.string().min(1).optional(),
  ADMIN_EMAIL: z.email().default('admin@entrepot.example'),
});

export type StackConfig = Readonly<z.infer<typeof Environment>>;

/** Reads and checks the environment; throws one error that lists every problem. */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): StackConfig {
  const { data, error } = Environment.safeParse(env);
  if (error) throw new Error(`invalid environment\n${z.prettifyError(error)}`);
  return Object.freeze(data);
}
