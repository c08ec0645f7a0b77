import type { Cancellation } from '@entrepot/kernel/cancellation';
import { type Logger, loggerOf } from '@entrepot/telemetry/logger';
import { runInSpan, type Span, traceparentOf } from '@entrepot/telemetry/trace';
import type { RequestContext } from '../execute/request-context.ts';
import type { AskSubgraph, SubgraphCall } from '../execute/subgraph-call.ts';
import type { SubgraphMetrics } from '../subgraph-metrics.ts';
import { missingAnswer } from './missing-answer.ts';
import { NoResponse } from './no-response.ts';
import { cleanError, isForClients, type ReadAnswer, readResponse, withPolicy } from './read-response.ts';

/** A data source as @apollo/gateway knows it: a RemoteGraphQLDataSource, or anything else with a `process`. */
export type DataSource = { process(options: ProcessOptions): Promise<unknown> };
export type BuildService = (endpoint: { name: string; url: string | undefined }) => DataSource | undefined;

/** What @apollo/gateway gives to a data source, as far as it means anything here. */
export type ProcessOptions = {
  readonly kind: 'incoming operation';
  readonly request: {
    query: string;
    operationName: string | undefined;
    variables: Record<string, unknown>;
    http: { method: string; url: string; headers: Headers };
  };
  readonly incomingRequestContext: { readonly context: RequestContext; readonly logger: Logger };
  readonly context: RequestContext;
};

export type AskBySourceOptions = {
  source: DataSource;
  url: string;
  credential: string | undefined;
  timeoutMs: number;
  maxRunning: number;
  metrics: SubgraphMetrics;
  logger: Logger;
};

/** Asks a subgraph by somebody's own data source. How it is asked is theirs; when it is over, and what may be told of it, is not. */
export function createAskBySource(options: AskBySourceOptions): AskSubgraph {
  const { source, timeoutMs, maxRunning, metrics, logger } = options;
  let running = 0;

  const process = async (call: SubgraphCall): Promise<unknown> => {
    if (running >= maxRunning) throw new NoResponse('unavailable', `${running} requests are running already`);
    running++;
    try {
      return await source.process(optionsFor(call, options));
    } finally {
      running--;
    }
  };

  return async (call) => {
    const { policy, known, span, signal } = call.context;
    const isQuery = call.kind === 'query';
    const began = performance.now();
    const deadline = isQuery ? Math.min(known.deadline, Date.now() + timeoutMs) : known.deadline;
    const done = (outcome: Parameters<SubgraphMetrics['done']>[0]) =>
      metrics.done(outcome, (performance.now() - began) / 1000);
    try {
      const response = await within(
        deadline,
        isQuery ? signal : undefined,
        runInSpan(span, () => process(call)),
      );
      const answer = readResponse(response, call.representations?.length, logger, span);
      if (!answer) throw new NoResponse('unavailable', 'the data source returned no GraphQL answer');
      const hasFailed = answer.errors.length > 0;
      if (hasFailed) policy.failed();
      else policy.add(cacheControlOf(response), answer.cacheTags);
      done(hasFailed ? 'error' : 'ok');
      return hasFailed ? answer : withPolicy(answer, { cacheControl: cacheControlOf(response) });
    } catch (error) {
      const told = toldBy(error, logger, span);
      if (told) {
        policy.failed();
        done('error');
        return told;
      }
      const reason = error instanceof NoResponse ? error.reason : 'unavailable';
      if (reason !== 'cancelled') loggerOf(logger, span).warn({ reason, err: error }, 'a data source failed');
      policy.missing();
      done(reason);
      return missingAnswer(reason);
    }
  };
}

function optionsFor(
  { query, operationName, variables, representations, context }: SubgraphCall,
  from: AskBySourceOptions,
): ProcessOptions {
  const headers = new Headers({ 'x-request-deadline': String(context.known.deadline) });
  if (context.span) headers.set('traceparent', traceparentOf(context.span));
  if (from.credential !== undefined) headers.set('x-gateway-credential', from.credential);
  if (context.viewer !== undefined) headers.set('x-viewer', context.viewer);
  if (context.authorization !== undefined) headers.set('authorization', context.authorization);
  const all: Record<string, unknown> = JSON.parse(variables);
  if (representations) all.representations = representations.map((one): unknown => JSON.parse(one));
  return {
    kind: 'incoming operation',
    request: { query, operationName, variables: all, http: { method: 'POST', url: from.url, headers } },
    incomingRequestContext: { context, logger: from.logger },
    context,
  };
}

/** An error that a data source throws with a code for clients is an answer. */
function toldBy(error: unknown, logger: Logger, span: Span | undefined): ReadAnswer | undefined {
  if (!(error instanceof Error) || !('extensions' in error)) return undefined;
  const { message, extensions } = error;
  if (typeof extensions !== 'object' || extensions === null || !('code' in extensions)) return undefined;
  if (!isForClients(extensions.code)) return undefined;
  return { data: null, errors: [cleanError({ message, path: [], extensions }, logger, span)], cacheTags: undefined };
}

function cacheControlOf(response: unknown): string | undefined {
  if (typeof response !== 'object' || response === null || !('http' in response)) return undefined;
  const { http } = response;
  if (typeof http !== 'object' || http === null || !('headers' in http)) return undefined;
  const { headers } = http;
  if (typeof headers !== 'object' || headers === null || !('get' in headers)) return undefined;
  const value: unknown = typeof headers.get === 'function' ? headers.get('cache-control') : undefined;
  return typeof value === 'string' ? value : undefined;
}

function within<T>(deadline: number, gone: Cancellation | undefined, result: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new NoResponse('timeout', 'no answer in time'));
    const leave = () => reject(new NoResponse('cancelled', 'nobody waits for it any more'));
    const timer = setTimeout(late, Math.max(0, deadline - Date.now()));
    gone?.listen(leave);
    const settle = () => {
      clearTimeout(timer);
      gone?.unlisten(leave);
    };
    result.finally(settle).then(resolve, reject);
  });
}
