import { parseArgs } from 'node:util';
import { z } from 'zod';
import { readTrustedProxies } from './limits/client-address.ts';
import { readStreamWay, type StreamWay } from './subgraphs/streams/stream-way.ts';

const postgresUrl = z.url({ protocol: /^postgres(ql)?$/, error: 'must be a postgresql:// URL' });
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' });
const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/**
 * `users=http://…,products=http://…`: where each subgraph is. One that runs more than once is `name=http://a:1/graphql|http://b:1/graphql`, or
 * `name=dns+http://host:1/graphql` for all addresses that the host's name has, looked up again every few seconds.
 */
const subgraphUrls = z.string().transform((text, context) => {
  const urls = new Map<string, string>();
  for (const part of text.split(',').filter(Boolean)) {
    const [name = '', ...rest] = part.split('=');
    const place = rest.join('=').trim();
    const isPlace = place.startsWith('dns+')
      ? httpUrl.safeParse(place.slice('dns+'.length)).success
      : place.split('|').every((url) => httpUrl.safeParse(url).success);
    if (isPlace && name !== '') urls.set(name.trim(), place);
    else context.addIssue({ code: 'custom', message: `'${part}' is no name=http://…` });
  }
  return urls;
});

/**
 * `chat=ws,news=http://host:1/path`: how subgraphs are subscribed to, those that do not serve server-sent events where they serve
 * everything else: `ws`, `multipart`, or the URL of another place, `ws://…`, `http://…` or `multipart+http://…`.
 */
const subgraphSubscriptions = z.string().transform((text, context) => {
  const ways = new Map<string, StreamWay>();
  for (const part of text.split(',').filter(Boolean)) {
    const [name = '', ...rest] = part.split('=');
    const way = readStreamWay(rest.join('=').trim());
    if (way && name !== '') ways.set(name.trim(), way);
    else
      context.addIssue({
        code: 'custom',
        message: `'${part}' is no name=ws, name=multipart, name=ws://… or name=http://…`,
      });
  }
  return ways;
});

/** `users=/readyz,products=/livez`: what a GET of the replicas of each subgraph has to answer with a success. */
const healthPaths = z.string().transform((text, context) => {
  const paths = new Map<string, string>();
  for (const part of text.split(',').filter(Boolean)) {
    const [, name = '', path = ''] = /^\s*([^=\s]+)=(\/[\x21-\x7e]*)\s*$/.exec(part) ?? [];
    if (name !== '') paths.set(name, path);
    else context.addIssue({ code: 'custom', message: `'${part}' is no name=/path` });
  }
  return paths;
});

const trustedProxies = z.string().transform((text, context) => {
  const trusted = readTrustedProxies(text);
  if (trusted) return trusted;
  context.addIssue({
    code: 'custom',
    message: `'${text}' is no number of proxies, nor a list of addresses and networks`,
  });
  return z.NEVER;
});

const Environment = z
  .object({
    HOST: z.string().min(1).default('127.0.0.1'),
    PORT: whole(0, 65_535).default(4000),
    LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
    /** Processes that share the port; each is a whole gateway with a cache of its own. */
    WORKERS: whole(1, 256).default(1),
    DRAIN_MS: whole(0, 600_000).default(10_000),
    READY_DRAIN_MS: whole(0, 600_000).default(0),
    NODE_ENV: z.string().default('development'),
    /** The composed supergraph; when the file changes it is taken over without a restart. */
    SUPERGRAPH: z.string().min(1).default('schema/supergraph.graphql'),
    /** Where the subgraphs are, for those that are not where the supergraph says. */
    SUBGRAPH_URLS: subgraphUrls.default(new Map()),
    /** How replicas are asked whether they are well before they get requests again; those of others are asked `{__typename}`. */
    SUBGRAPH_HEALTH: healthPaths.default(new Map()),
    /** How subgraphs are subscribed to, those that do not serve server-sent events at their URL. */
    SUBGRAPH_SUBSCRIPTIONS: subgraphSubscriptions.default(new Map()),
    /** A module that exports `buildService` (data sources as @apollo/gateway has them) or `plugins` (of Apollo Server), or both. */
    GATEWAY_MODULE: z.string().min(1).optional(),
    /** Shown to the subgraphs, which answer nobody else. */
    GATEWAY_CREDENTIAL: z.string().min(32, 'must have at least 32 characters').optional(),
    /** The public keys of access tokens. Without it no token is checked, and `authorization` goes on to the subgraphs. */
    JWKS_URL: httpUrl.optional(),
    /** Whose tokens are believed: what their `iss` has to be. */
    ACCESS_TOKEN_ISSUER: z.string().min(1).default('entrepot'),
    /** For whom they have to be meant: what their `aud` has to be, or have. Without it that does not matter. */
    ACCESS_TOKEN_AUDIENCE: z.string().min(1).optional(),
    /** Whether an operation is refused as a whole when its viewer may not see a part of it. */
    AUTH_REJECT_UNAUTHORIZED: z.stringbool().default(false),
    REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL' }).optional(),
    /** How long a request may wait for Redis before it goes on without the cache. */
    REDIS_TIMEOUT_MS: whole(5, 10_000).default(50),
    /** With this as a bearer token operators may purge the cache (POST /cache/purge); without one nobody may. */
    CACHE_PURGE_CREDENTIAL: z.string().min(32, 'must have at least 32 characters').optional(),
    /** Whether entities are kept beside whole answers. */
    ENTITY_CACHE: z.stringbool().default(true),
    /** Memory of the cache in this process, or of its copies of what is in Redis. */
    CACHE_MAX_MB: whole(1, 65_536).default(64),
    KAFKA_BROKERS: z
      .string()
      .regex(/^[^,\s:]+:\d+(,[^,\s:]+:\d+)*$/, 'must be host:port, separated by commas')
      .optional(),
    EVENTS_DATABASE_URL: postgresUrl.optional(),
    /** How long a query may wait for its subgraphs in all; what has not come by then is missing from the answer. */
    SUBGRAPH_TIMEOUT_MS: whole(10, 600_000).default(5_000),
    /** The same for a mutation, some of which wait for an outcome by design. */
    MUTATION_TIMEOUT_MS: whole(10, 600_000).default(15_000),
    MAX_BODY_BYTES: whole(1_024, 1_073_741_824).default(1_048_576),
    /** What a document may ask for. Those of Apollo Sandbox, introspection and schema/operations stay far below. */
    MAX_DOCUMENT_LENGTH: whole(100, 100_000_000).default(262_144),
    MAX_TOKENS: whole(10, 1_000_000).default(5_000),
    /** Of braces, brackets and parentheses in a document, and of lists and objects in variables. */
    MAX_NESTING: whole(4, 1_000).default(64),
    /** Of fields within fields. */
    MAX_DEPTH: whole(1, 1_000).default(20),
    MAX_ALIASES: whole(0, 100_000).default(100),
    MAX_ROOT_FIELDS: whole(1, 100_000).default(30),
    MAX_DIRECTIVES: whole(0, 100_000).default(100),
    MAX_DIRECTIVES_PER_ELEMENT: whole(0, 1_000).default(5),
    /** How often one response key may be asked for at one place, by as many fragments as ask for it. */
    MAX_REPEATED_FIELDS: whole(1, 100_000).default(100),
    /** Each as often as the fragment that it is in is spread. */
    MAX_FIELDS: whole(1, 1_000_000).default(2_000),
    MAX_OPERATIONS: whole(1, 10_000).default(50),
    MAX_FRAGMENTS: whole(0, 10_000).default(100),
    MAX_VARIABLES: whole(0, 10_000).default(100),
    MAX_VARIABLE_BYTES: whole(2, 1_073_741_824).default(262_144),
    /** In objects, as `@cost` and `@listSize` and the arguments of pages have it. */
    MAX_COST: whole(1, 1_000_000_000).default(50_000),
    /** How long a list is taken to be of which the schema tells nothing. */
    COST_DEFAULT_LIST_SIZE: whole(0, 1_000_000).default(10),
    /** What may be asked for by `first`, `last` or another argument that says how long a list becomes. */
    MAX_PAGE_SIZE: whole(1, 1_000_000).default(100),
    /** Operations in one request, as an array. */
    MAX_BATCH: whole(0, 1_000).default(9),
    /** How many operations may run at once, of checkout and of all else each; how many really do is found out by itself. */
    MAX_RUNNING: whole(1, 100_000).default(1_000),
    /** How many may wait for their turn, of each as well, and for how long. What would have to wait for longer is refused. */
    MAX_WAITING: whole(0, 100_000).default(1_000),
    MAX_WAIT_MS: whole(1, 600_000).default(1_000),
    /** Queries that go before others under load, by name, separated by commas; mutations always do. */
    CHECKOUT_OPERATIONS: z
      .string()
      .default('Cart,OrderPage')
      .transform((text) => text.split(',').filter(Boolean)),
    /** Subscriptions and WebSocket connections at once, of each; and subscriptions of one viewer, and on one connection. */
    MAX_SUBSCRIPTIONS: whole(0, 1_000_000).default(20_000),
    MAX_SUBSCRIPTIONS_PER_VIEWER: whole(1, 1_000_000).default(100),
    MAX_SUBSCRIPTIONS_PER_SOCKET: whole(1, 1_000_000).default(100),
    /** How long a subscriber hears nothing before a sign of life is sent. */
    HEARTBEAT_MS: whole(10, 600_000).default(10_000),
    /** How long a subscriber may take to read one answer; whoever is slower is let go of. */
    SLOW_CLIENT_MS: whole(10, 600_000).default(30_000),
    /**
     * Cost units a minute for each viewer, and for each address of whoever is nobody in particular. 0 limits nobody. Without
     * Redis each process counts by itself.
     */
    RATE_LIMIT: whole(0, 1_000_000_000_000).default(0),
    /** Units that can be used at once; what a minute has when it is not set. */
    RATE_BURST: whole(1, 1_000_000_000_000).optional(),
    /**
     * Whose `X-Forwarded-For` is believed: how many proxies there are in front of the gateway, or their addresses and
     * networks (`10.0.0.0/8,::1`). Others could give themselves a new address, and budget, with each request.
     */
    TRUSTED_PROXIES: trustedProxies.default({ hops: 0 }),
    /** A folder of `*.graphql` files and JSON manifests: its documents may be asked for by their hash or id, and metrics are kept by their names. */
    OPERATIONS: z.string().min(1).default('schema/operations'),
    /** Whether no other operations than those in the folder are executed. */
    TRUSTED_ONLY: z.stringbool().default(false),
    /** Origins whose pages may ask from a browser, separated by commas. */
    CORS_ORIGINS: z
      .string()
      .transform((text) => text.split(',').filter((origin) => origin !== ''))
      .default([]),
    /** Whether clients may ask for the schema, and whether a browser is shown Apollo Sandbox. Both are on unless NODE_ENV is production. */
    INTROSPECTION: z.stringbool().optional(),
    LANDING_PAGE: z.stringbool().optional(),
  })
  .transform(({ NODE_ENV, INTROSPECTION, LANDING_PAGE, ...rest }) => ({
    ...rest,
    INTROSPECTION: INTROSPECTION ?? NODE_ENV !== 'production',
    LANDING_PAGE: LANDING_PAGE ?? NODE_ENV !== 'production',
  }));

export type Config = Readonly<z.infer<typeof Environment>>;

/** The only reader of the environment and the command line (`--supergraph FILE --port N --trusted-only`), which comes first. */
export function loadConfig(
  env: NodeJS.ProcessEnv = process.env,
  args: readonly string[] = process.argv.slice(2),
): Config {
  const { data, error } = Environment.safeParse({ ...env, ...readArguments(args) });
  if (error) throw new Error(`invalid environment\n${z.prettifyError(error)}`);
  return Object.freeze(data);
}

function readArguments(args: readonly string[]): Record<string, string> {
  const options = {
    supergraph: { type: 'string' },
    port: { type: 'string' },
    'trusted-only': { type: 'boolean' },
  } as const;
  try {
    const { supergraph, port, 'trusted-only': isTrustedOnly } = parseArgs({ args: [...args], options }).values;
    return {
      ...(supergraph !== undefined && { SUPERGRAPH: supergraph }),
      ...(port !== undefined && { PORT: port }),
      ...(isTrustedOnly === true && { TRUSTED_ONLY: 'true' }),
    };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${reason}\nusage: gateway [--supergraph FILE] [--port N] [--trusted-only]`, { cause: error });
  }
}
