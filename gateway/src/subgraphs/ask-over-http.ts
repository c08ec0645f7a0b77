import { type Logger, loggerOf } from '@entrepot/telemetry/logger';
import { traceparentOf } from '@entrepot/telemetry/trace';
import type { AskSubgraph, SubgraphCall } from '../execute/subgraph-call.ts';
import type { SubgraphMetrics } from '../subgraph-metrics.ts';
import type { HttpResponse } from './http1/response-reader.ts';
import { missingAnswer } from './missing-answer.ts';
import { NoResponse } from './no-response.ts';
import { type ReadAnswer, readResponse, withPolicy } from './read-response.ts';
import { isReadable } from './readable.ts';
import type { SubgraphRequest } from './replica.ts';
import { createBodies } from './request-body.ts';
import { shareCalls } from './sharing.ts';

export type AskOptions = {
  /** @throws NoResponse */
  post: (request: SubgraphRequest) => Promise<HttpResponse>;
  /** The longest that one query may take. */
  timeoutMs: number;
  metrics: SubgraphMetrics;
  logger: Logger;
};

/** Asks one subgraph, and collects how its answer may be cached. */
export function createAskOverHttp({ post, timeoutMs, metrics, logger }: AskOptions): AskSubgraph {
  const bodyOf = createBodies();
  const share = shareCalls(post, metrics.deduplicated);

  return async (call) => {
    const { policy } = call.context;
    const began = performance.now();
    try {
      const request = requestOf(call, bodyOf(call), timeoutMs);
      // What has begun to change something is not given up because its client has gone.
      const response = await (call.kind === 'query'
        ? share(request, call.context.signal, call.fence ?? call.context.fence)
        : post(request));
      const answer = readAnswer(response, call, logger);
      const hasFailed = answer.errors.length > 0;
      if (hasFailed) policy.failed();
      else policy.add(response.cacheControl, answer.cacheTags);
      metrics.done(hasFailed ? 'error' : 'ok', (performance.now() - began) / 1000);
      return hasFailed ? answer : withPolicy(answer, response);
    } catch (error) {
      const reason = error instanceof NoResponse ? error.reason : 'unavailable';
      const cause = error instanceof Error ? error.message : String(error);
      if (reason !== 'cancelled')
        loggerOf(logger, call.context.span).warn({ reason, cause }, 'a subgraph did not answer');
      policy.missing();
      metrics.done(reason, (performance.now() - began) / 1000);
      return missingAnswer(reason);
    }
  };
}

function requestOf({ kind, context }: SubgraphCall, body: string, timeoutMs: number): SubgraphRequest {
  const { known, viewer, authorization, idempotencyKey, span } = context;
  const isQuery = kind === 'query';
  return {
    body,
    // What a mutation's answer is made of besides need not wait as long as the mutation itself.
    deadline: isQuery ? Math.min(known.deadline, Date.now() + timeoutMs) : known.deadline,
    viewer,
    authorization,
    idempotencyKey: isQuery ? undefined : idempotencyKey,
    traceparent: span && traceparentOf(span),
    isRepeatable: isQuery || idempotencyKey !== undefined,
    cancellation: undefined,
  };
}

/** @throws NoResponse when the response is no GraphQL answer */
function readAnswer(response: HttpResponse, { representations, context }: SubgraphCall, logger: Logger): ReadAnswer {
  const { status, text } = response;
  if (isReadable(response)) {
    const answer = readResponse(parse(text), representations?.length, logger, context.span);
    if (answer) return answer;
  }
  throw new NoResponse('unavailable', `status ${status}, and no GraphQL`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
