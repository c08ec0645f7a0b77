import type { GraphQLDataSource } from '@apollo/gateway';
import type { Logger } from '@entrepot/telemetry/logger';
import { traceparent } from '@entrepot/telemetry/trace';
import type { GraphQLFormattedError } from 'graphql';
import type { RequestContext } from '../execute/request-context.ts';
import type { Metrics } from '../metrics.ts';
import { NoResponse, type SubgraphClient, type SubgraphResponse } from './http-client.ts';
import { readResponse } from './read-response.ts';

export type DataSourceOptions = {
  name: string;
  url: string;
  client: SubgraphClient;
  credential: string | undefined;
  /** The longest that one query may take. */
  timeoutMs: number;
  metrics: Metrics;
  logger: Logger;
};

const TIMEOUT = { code: 'TIMEOUT', message: 'a part of the answer did not come in time' };
const UNAVAILABLE = { code: 'UNAVAILABLE', message: 'a part of the answer is not available now; try again' };

/** Sends what the plan asks of one subgraph, and collects how its answer may be cached. Never rejects. */
export function createDataSource(options: DataSourceOptions): GraphQLDataSource<RequestContext> {
  const { name, client, credential, timeoutMs, metrics } = options;
  const { origin, pathname, search } = parseUrl(options);
  const logger = options.logger.child({ subgraph: name });
  const path = `${pathname}${search}`;
  const fixedHeaders = {
    'content-type': 'application/json',
    accept: 'application/json',
    ...(credential !== undefined && { 'x-gateway-credential': credential }),
  };

  const ask = async (query: string, body: string, context: RequestContext): Promise<SubgraphResponse> => {
    const isMutation = query.startsWith('mutation');
    // What a mutation's answer is made of besides need not wait as long as the mutation itself.
    const { known } = context;
    const deadline = isMutation ? known.deadline : Math.min(known.deadline, Date.now() + timeoutMs);
    const trace = traceparent();
    const headers = {
      ...fixedHeaders,
      'x-request-deadline': String(deadline),
      ...(context.viewer !== undefined && { 'x-viewer': context.viewer }),
      ...(context.authorization !== undefined && { authorization: context.authorization }),
      ...(trace !== undefined && { traceparent: trace }),
    };
    return client.post({ origin, path, headers, body, deadline, isRepeatable: !isMutation });
  };

  return {
    async process(asked) {
      const { query = '', variables, operationName } = asked.request;
      const { context } = asked;
      if (!isRequestContext(context)) throw new Error('subgraphs are asked on behalf of a request only');
      const began = performance.now();
      const seconds = () => (performance.now() - began) / 1000;
      try {
        const response = await ask(query, JSON.stringify({ query, operationName, variables }), context);
        const answer = readResponse(response.body, logger);
        if (!answer) throw new NoResponse('unavailable', `status ${response.status}, and no GraphQL`);
        if (answer.errors.length > 0) context.policy.failed();
        else context.policy.add(response.cacheControl, answer.cacheTags);
        metrics.subgraph(name, answer.errors.length > 0 ? 'error' : 'ok', seconds());
        return { data: answer.data ?? null, ...(answer.errors.length > 0 && { errors: answer.errors }) };
      } catch (error) {
        const reason = error instanceof NoResponse ? error.reason : 'unavailable';
        logger.warn(
          { reason, cause: error instanceof Error ? error.message : String(error) },
          'a subgraph did not answer',
        );
        context.policy.missing();
        metrics.subgraph(name, reason, seconds());
        return { data: null, errors: [missing(reason)] };
      }
    },
  };
}

/** The gateway's own health checks have none. */
const isRequestContext = (context: object): context is RequestContext => 'policy' in context && 'known' in context;

function missing(reason: NoResponse['reason']): GraphQLFormattedError {
  const { code, message } = reason === 'timeout' ? TIMEOUT : UNAVAILABLE;
  // An empty path becomes that of the fetch.
  return { message, path: [], extensions: { code } };
}

function parseUrl({ name, url }: DataSourceOptions): URL {
  const parsed = URL.parse(url);
  if (parsed && (parsed.protocol === 'http:' || parsed.protocol === 'https:')) return parsed;
  throw new Error(`the subgraph ${name} has no http:// URL ('${url}'): give one in the supergraph or in SUBGRAPH_URLS`);
}
