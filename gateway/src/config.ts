import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** `users=http://127.0.0.1:4001/graphql,products=…` */
const subgraphUrls = z.string().transform((text, context) => {
  const urls = new Map<string, string>();
  for (const part of text.split(',').filter((entry) => entry !== '')) {
    const mark = part.indexOf('=');
    const [name, url] = [part.slice(0, mark), part.slice(mark + 1)];
    if (mark > 0 && URL.canParse(url)) urls.set(name, url);
    else context.addIssue({ code: 'custom', message: `"${part}" is not written as name=http://host:port/path` });
  }
  return urls;
});

const Environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65_535).default(4000),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  DRAIN_MS: z.coerce.number().int().min(0).max(600_000).default(10_000),
  READY_DRAIN_MS: z.coerce.number().int().min(0).max(600_000).default(0),
  /** The composed supergraph; read again whenever the file changes. */
  SUPERGRAPH: z.string().min(1).default('schema/supergraph.graphql'),
  /** Where subgraphs are, instead of where the supergraph says. */
  SUBGRAPH_URLS: subgraphUrls.default(new Map()),
  /** Shown to every subgraph, so that they answer nobody else. */
  GATEWAY_CREDENTIAL: z.string().min(32, 'must have at least 32 characters').optional(),
  /** The public keys of access tokens. Without it no token is checked, and `authorization` goes on to the subgraphs. */
  JWKS_URL: z.url({ protocol: /^https?$/ }).optional(),
  ACCESS_TOKEN_ISSUER: z.string().min(1).default('entrepot'),
  /** How long a subgraph may take for a query, and for a mutation: a checkout waits for stock and payment. */
  SUBGRAPH_TIMEOUT_MS: z.coerce.number().int().min(1).max(600_000).default(5_000),
  MUTATION_TIMEOUT_MS: z.coerce.number().int().min(1).max(600_000).default(20_000),
  REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }).optional(),
  /** Memory of the cache in this process, when there is no Redis. */
  CACHE_MAX_MB: z.coerce.number().int().min(1).max(65_536).default(64),
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^,\s:]+:\d+(,[^,\s:]+:\d+)*$/, 'must be host:port, separated by commas')
    .optional(),
  EVENTS_DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' }).optional(),
  /** Whether clients may ask for the schema. */
  INTROSPECTION: flag.default(true),
  /** Whether a browser at the endpoint is shown Apollo Sandbox. */
  LANDING_PAGE: flag.default(true),
  /** Origins whose pages may ask from a browser, separated by commas. */
  CORS_ORIGINS: z
    .string()
    .transform((text) => text.split(',').filter((origin) => origin !== ''))
    .default([]),
  MAX_BODY_BYTES: z.coerce.number().int().min(1_024).max(16_777_216).default(1_048_576),
});

export type Config = Readonly<z.infer<typeof Environment>>;

/** The only reader of the environment and the command line (`--supergraph FILE --port N`), which comes first. */
export function loadConfig(
  env: NodeJS.ProcessEnv = process.env,
  args: readonly string[] = process.argv.slice(2),
): Config {
  const { values } = parseArgs({
    args: [...args],
    options: { supergraph: { type: 'string' }, port: { type: 'string' } },
  });
  const given = {
    ...env,
    ...(values.supergraph !== undefined && { SUPERGRAPH: values.supergraph }),
    ...(values.port !== undefined && { PORT: values.port }),
  };
  const { data, error } = Environment.safeParse(given);
  if (error) throw new Error(`invalid environment\n${z.prettifyError(error)}`);
  return Object.freeze({ ...data, SUPERGRAPH: resolve(data.SUPERGRAPH) });
}

/** @apollo/gateway reports home unless it is told not to before it is loaded. */
export function silenceTelemetry(): void {
  process.env.APOLLO_TELEMETRY_DISABLED = 'true';
}
