import { Cancellation } from '@entrepot/kernel/cancellation';
import { type Logger, loggerOf } from '@entrepot/telemetry/logger';
import type { AskSubgraph, SubgraphAnswer, SubgraphCall } from '../execute/subgraph-call.ts';
import type { SubgraphMetrics } from '../subgraph-metrics.ts';
import { callerOf } from './caller.ts';
import type { Outcome } from './http1/connection.ts';
import { headLine } from './http1/request-head.ts';
import type { HttpResponse } from './http1/response-reader.ts';
import { missingAnswer } from './missing-answer.ts';
import { asNoResponse, NoResponse } from './no-response.ts';
import { type ReadAnswer, readResponse, withPolicy } from './read-response.ts';
import { isReadable } from './readable.ts';
import type { OnEnd, SubgraphRequest } from './replica.ts';
import { createBodies } from './request-body.ts';
import { shareCalls } from './sharing.ts';
import type { Post } from './subgraph-client.ts';
import { inTurn } from './turns.ts';

export type AskOptions = {
  post: Post;
  /** The longest that one query may take. */
  timeoutMs: number;
  metrics: SubgraphMetrics;
  logger: Logger;
};

/** Asks one subgraph, and collects how its answer may be cached. */
export function createAskOverHttp({ post, timeoutMs, metrics, logger }: AskOptions): AskSubgraph {
  const bodyOf = createBodies();
  const share = shareCalls(post, metrics.deduplicated);

  /** @throws NoResponse */
  const send = (call: SubgraphCall, onEnd: OnEnd): void => {
    const { context, kind, fence = context.fence } = call;
    const { who, lines } = callerOf(context);
    const request = requestOf(call, bodyOf(call), lines, timeoutMs);
    // What has begun to change something is not given up because its client has gone.
    if (kind === 'query') share(request, { who, fence, gone: context.signal }, onEnd);
    else post(request, onEnd);
  };

  const read = (call: SubgraphCall, response: HttpResponse, began: number): SubgraphAnswer => {
    const { policy } = call.context;
    const answer = readAnswer(response, call, logger);
    const hasFailed = answer.errors.length > 0;
    if (hasFailed) policy.failed();
    else policy.add(response.cacheControl, answer.cacheTags);
    metrics.done(hasFailed ? 'error' : 'ok', (performance.now() - began) / 1000);
    return hasFailed ? answer : withPolicy(answer, response);
  };

  const goWithout = ({ context }: SubgraphCall, { reason, message }: NoResponse, began: number): SubgraphAnswer => {
    if (reason !== 'cancelled')
      loggerOf(logger, context.span).warn({ reason, cause: message }, 'a subgraph did not answer');
    context.policy.missing();
    metrics.done(reason, (performance.now() - began) / 1000);
    return missingAnswer(reason);
  };

  // One promise: each more that an answer would have to pass costs it several microseconds.
  return (call) =>
    new Promise((resolve) => {
      const began = performance.now();
      const end = (outcome: Outcome) => {
        try {
          resolve(outcome instanceof NoResponse ? goWithout(call, outcome, began) : read(call, outcome, began));
        } catch (error) {
          resolve(goWithout(call, asNoResponse(error), began));
        }
      };
      try {
        send(call, (outcome) => (outcome instanceof NoResponse ? end(outcome) : inTurn(end, outcome)));
      } catch (error) {
        end(asNoResponse(error));
      }
    });
}

/** @throws NoResponse when a value cannot be sent */
function requestOf({ kind, context }: SubgraphCall, body: string, lines: string, timeoutMs: number): SubgraphRequest {
  const { known, idempotencyKey } = context;
  if (kind === 'query') {
    // What a mutation's answer is made of besides need not wait as long as the mutation itself.
    const deadline = Math.min(known.deadline, Date.now() + timeoutMs);
    return { body, lines, deadline, isRepeatable: true, cancellation: new Cancellation() };
  }
  return {
    body,
    lines: lines + headLine('idempotency-key', idempotencyKey),
    deadline: known.deadline,
    isRepeatable: idempotencyKey !== undefined,
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
