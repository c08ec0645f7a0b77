import type { GraphQLDataSource, GraphQLDataSourceProcessOptions } from '@apollo/gateway';
import { encodeViewer } from '@entrepot/kernel/viewer';
import { DURATION_BUCKETS, type Registry } from '@entrepot/telemetry/metrics';
import { traceparent } from '@entrepot/telemetry/trace';
import { GraphQLError } from 'graphql';
import { Counter, Histogram } from 'prom-client';
import { errors, Pool } from 'undici';
import type { GatewayRequest } from '../request.ts';

export type SubgraphOptions = {
  credential: string | undefined;
  queryTimeoutMs: number;
  mutationTimeoutMs: number;
  registry: Registry;
};

/** Connections to one subgraph at most; more requests wait their turn, within their own time. */
const CONNECTIONS = 64;
/** A subgraph that sends more is broken. */
const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

type Answer = { data?: Record<string, unknown>; errors?: unknown[]; extensions?: { cacheTags?: unknown } };

/** Makes the ways to the subgraphs: one pool of connections a subgraph, kept across supergraphs while its address stays. */
export function createSubgraphs({ credential, queryTimeoutMs, mutationTimeoutMs, registry }: SubgraphOptions) {
  const pools = new Map<string, Pool>();
  const metrics = createMetrics(registry);

  const poolFor = (origin: string): Pool => {
    const pool =
      pools.get(origin) ??
      new Pool(origin, {
        connections: CONNECTIONS,
        pipelining: 1,
        // Below the 65 s after which our subgraphs close idle connections: never send on one that is being closed.
        keepAliveTimeout: 30_000,
        connect: { timeout: 2_000 },
        maxResponseSize: MAX_ANSWER_BYTES,
      });
    pools.set(origin, pool);
    return pool;
  };

  return {
    /** A data source as @apollo/gateway's `buildService` wants it. */
    dataSource(name: string, url: string): GraphQLDataSource<GatewayRequest> {
      const { origin, pathname, search } = new URL(url);
      const pool = poolFor(origin);
      return {
        async process(options) {
          const timeoutMs = isMutation(options.request.query) ? mutationTimeoutMs : queryTimeoutMs;
          const end = metrics.durations.startTimer({ subgraph: name });
          try {
            const answer = await ask(
              pool,
              pathname + search,
              headersFor(options, timeoutMs),
              bodyOf(options),
              timeoutMs,
            );
            metrics.requests.inc({ subgraph: name, outcome: answer.body.errors ? 'error' : 'ok' });
            contextOf(options)?.policy.restrict(answer.cacheControl, answer.body.extensions?.cacheTags);
            // The gateway's types want formatted errors; it passes on whatever list there is.
            return answer.body as Awaited<ReturnType<GraphQLDataSource['process']>>;
          } catch (error) {
            const code = codeOf(error);
            metrics.requests.inc({ subgraph: name, outcome: code.toLowerCase() });
            throw new GraphQLError(MESSAGES[code], {
              extensions: { code },
              originalError: error instanceof Error ? error : new Error(String(error)),
            });
          } finally {
            end();
          }
        },
      };
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.close()));
    },
  };

  function headersFor(
    options: GraphQLDataSourceProcessOptions<GatewayRequest>,
    timeoutMs: number,
  ): Record<string, string> {
    const context = contextOf(options);
    const trace = traceparent();
    return {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-request-deadline': String(Date.now() + timeoutMs),
      ...(trace !== undefined && { traceparent: trace }),
      ...(credential !== undefined && { 'x-gateway-credential': credential }),
      ...(context?.viewer && { 'x-viewer': encodeViewer(context.viewer) }),
      ...(context?.authorization !== undefined && { authorization: context.authorization }),
    };
  }
}
export type Subgraphs = ReturnType<typeof createSubgraphs>;

const MESSAGES = {
  TIMEOUT: 'a part of the shop did not answer in time',
  UNAVAILABLE: 'a part of the shop cannot be reached',
  BAD_GATEWAY: 'a part of the shop gave an answer that makes no sense',
} as const;

class NoAnswer extends Error {}

function codeOf(error: unknown): keyof typeof MESSAGES {
  if (error instanceof NoAnswer || error instanceof SyntaxError || error instanceof errors.ResponseExceededMaxSizeError)
    return 'BAD_GATEWAY';
  if (error instanceof errors.HeadersTimeoutError || error instanceof errors.BodyTimeoutError) return 'TIMEOUT';
  return error instanceof DOMException && error.name === 'TimeoutError' ? 'TIMEOUT' : 'UNAVAILABLE';
}

async function ask(pool: Pool, path: string, headers: Record<string, string>, body: string, timeoutMs: number) {
  const response = await pool.request({ path, method: 'POST', headers, body, signal: AbortSignal.timeout(timeoutMs) });
  const parsed: unknown = await response.body.json();
  if (!isAnswer(parsed)) throw new NoAnswer(`status ${response.statusCode} without data or errors`);
  const cacheControl = response.headers['cache-control'];
  return { body: parsed, cacheControl: Array.isArray(cacheControl) ? cacheControl.join(',') : cacheControl };
}

/** GraphQL over HTTP: data, errors or both. */
function isAnswer(value: unknown): value is Answer {
  if (typeof value !== 'object' || value === null) return false;
  const hasErrors = 'errors' in value && Array.isArray(value.errors) && value.errors.length > 0;
  const hasData = 'data' in value && typeof value.data === 'object' && (value.data !== null || hasErrors);
  return hasErrors || hasData;
}

const bodyOf = ({ request }: GraphQLDataSourceProcessOptions<GatewayRequest>) =>
  JSON.stringify({ query: request.query, operationName: request.operationName, variables: request.variables });

/** Only the requests of clients have a context; the gateway's own health checks have none. */
function contextOf(options: GraphQLDataSourceProcessOptions<GatewayRequest>): GatewayRequest | undefined {
  return isGatewayRequest(options.context) ? options.context : undefined;
}

const isGatewayRequest = (context: object): context is GatewayRequest => 'policy' in context && 'outcome' in context;

/** The planner prints its fetches itself: a mutation begins with the word. */
const isMutation = (query: string | undefined) => query?.startsWith('mutation') ?? false;

function createMetrics(registry: Registry) {
  const registers = [registry];
  return {
    requests: new Counter({
      name: 'subgraph_requests_total',
      help: 'Requests to subgraphs by outcome: ok, error (answered with errors), timeout, unavailable, bad_gateway',
      labelNames: ['subgraph', 'outcome'],
      registers,
    }),
    durations: new Histogram({
      name: 'subgraph_request_duration_seconds',
      help: 'Time until a subgraph had answered',
      labelNames: ['subgraph'],
      buckets: DURATION_BUCKETS,
      registers,
    }),
  };
}
