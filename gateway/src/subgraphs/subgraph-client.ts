import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { SubgraphState } from '../subgraph-metrics.ts';
import type { Place } from './addresses.ts';
import type { HttpResponse } from './http1/response-reader.ts';
import { NoResponse } from './no-response.ts';
import { createRateBreaker } from './rate-breaker.ts';
import { isReadable } from './readable.ts';
import type { Replica, SubgraphRequest } from './replica.ts';
import { createReplicaSet, type Member } from './replica-set.ts';
import { createRetryBudget } from './retry-budget.ts';
import type { Tuning } from './tuning.ts';

export type SubgraphClient = {
  /** @throws NoResponse */
  post(request: SubgraphRequest): Promise<HttpResponse>;
  state(): SubgraphState;
  close(): void;
};

export type ClientEvents = { onRetry(): void; onRetryRefused(): void; onEjection(): void };

export type ClientOptions = {
  place: Place;
  credential: string | undefined;
  /** What is asked for by GET to see whether a replica is well; `{__typename}` is asked when it is undefined. */
  healthPath?: string | undefined;
  /** The time that a query is given when it is asked first. */
  timeoutMs: number;
  events: ClientEvents;
  tuning: Tuning;
  logger: Logger;
};

/** In all, for one request. */
const MAX_ATTEMPTS = 3;
const BACK_OFF_MS = 10;
const FIND_LIMIT_MS = 2_000;

/**
 * The way to one subgraph: picks a replica, tries another when that one fails, and stops asking when nothing helps. A query may be sent
 * again as long as the retry budget lasts; a mutation only when it cannot have arrived, or carries an idempotency key.
 */
export function createSubgraphClient(options: ClientOptions): SubgraphClient {
  const { place, credential, healthPath, timeoutMs, events, tuning, logger } = options;
  const breaker = createRateBreaker(tuning);
  const budget = createRetryBudget();
  const probe = (replica: Replica) => isAlive(replica, healthPath, tuning.probeTimeoutMs);
  const replicas = createReplicaSet({ place, credential, probe, onEjection: events.onEjection, tuning, logger });
  let running = 0;

  const pick = async (tried: readonly Member[]): Promise<Member> => {
    await Promise.race([replicas.found(), sleep(FIND_LIMIT_MS)]);
    const member = replicas.pick(tried);
    if (!member) throw new NoResponse('unavailable', 'no address is known', { isUnsent: true });
    return member;
  };

  /** Whoever comes with the rest of a time that others have used up, and gets no answer in it, says nothing of this subgraph. */
  const hasTime = ({ deadline }: SubgraphRequest) => deadline - Date.now() >= timeoutMs / 2;

  const attempt = async ({ replica, health }: Member, request: SubgraphRequest): Promise<HttpResponse> => {
    const isFair = hasTime(request);
    try {
      const response = await replica.send(request);
      const restMs = restOf(response);
      if (restMs !== undefined) health.rest(restMs);
      if (response.status < 500 && isReadable(response)) health.succeeded();
      else health.failed(false);
      return response;
    } catch (error) {
      const failure = asNoResponse(error);
      if (failure.reason === 'unavailable' || (failure.reason === 'timeout' && isFair))
        health.failed(failure.isRefused);
      throw failure;
    }
  };

  /** Whether to try once more after what has just come of it. */
  const mayRetry = (
    outcome: HttpResponse | NoResponse,
    request: SubgraphRequest,
    tried: readonly Member[],
  ): boolean => {
    if (outcome instanceof NoResponse) {
      if (outcome.reason !== 'unavailable') return false;
      if (!request.isRepeatable && !outcome.isUnsent) return false;
      // Kept connections are closed in the moment in which we write to them: no sign of trouble, unless it happens twice.
      if (outcome.isCutOff && tried.length === 1) return true;
    } else if (!request.isRepeatable || !(isTransient(outcome) || restOf(outcome) !== undefined)) {
      return false;
    }
    if (tried.length >= MAX_ATTEMPTS || request.cancellation?.isCancelled) return false;
    if (!budget.spend()) {
      events.onRetryRefused();
      return false;
    }
    return true;
  };

  const send = async (request: SubgraphRequest): Promise<HttpResponse> => {
    budget.earn();
    const tried: Member[] = [];
    for (;;) {
      const member = replicas.pick(tried) ?? (await pick(tried));
      tried.push(member);
      const outcome = await attempt(member, request).catch(asNoResponse);
      if (!mayRetry(outcome, request, tried)) {
        if (outcome instanceof NoResponse) throw outcome;
        return outcome;
      }
      // Where others are well, nobody waits for one that rests.
      const restMs = replicas.pick(tried)?.health.restMs() ?? 0;
      const pauseMs = restMs + Math.random() * BACK_OFF_MS * 2 ** tried.length;
      if (Date.now() + pauseMs >= request.deadline) {
        if (outcome instanceof NoResponse) throw new NoResponse('timeout', 'no time is left to try again');
        return outcome;
      }
      events.onRetry();
      await sleep(pauseMs);
      if (request.cancellation?.isCancelled) throw new NoResponse('cancelled', 'nobody waits for it any more');
    }
  };

  const report = (outcome: HttpResponse | NoResponse, isFair: boolean) => {
    if (!(outcome instanceof NoResponse)) return isTransient(outcome) ? breaker.failed() : breaker.succeeded();
    const tells = outcome.reason === 'unavailable' || (outcome.reason === 'timeout' && isFair);
    return tells ? breaker.failed() : breaker.abandoned();
  };

  return {
    async post(request) {
      if (running >= tuning.maxRunning)
        throw new NoResponse('unavailable', `${running} requests are running or waiting already`, { isUnsent: true });
      if (request.deadline <= Date.now()) throw new NoResponse('timeout', 'no time is left', { isUnsent: true });
      if (!breaker.allows()) throw new NoResponse('unavailable', 'the circuit breaker is open', { isUnsent: true });
      const isFair = hasTime(request);
      running++;
      try {
        const response = await send(request);
        report(response, isFair);
        return response;
      } catch (error) {
        report(asNoResponse(error), isFair);
        throw error;
      } finally {
        running--;
      }
    },
    state: () => ({ ...replicas.counts(), running, breaker: breaker.state() }),
    close: () => replicas.close(),
  };
}

/** What servers and load balancers answer while a process is on its way in or out. */
const isTransient = (response: HttpResponse) =>
  response.status === 502 || response.status === 503 || response.status === 504 || !isReadable(response);

/** For how long it wants to be left alone, which it tells in seconds or by a date (RFC 9110). */
function restOf({ status, retryAfter }: HttpResponse): number | undefined {
  if (retryAfter === undefined || (status !== 429 && status !== 503)) return undefined;
  const ms = /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now();
  return ms > 0 ? ms : undefined;
}

const asNoResponse = (error: unknown): NoResponse =>
  error instanceof NoResponse
    ? error
    : new NoResponse('unavailable', error instanceof Error ? error.message : String(error), { cause: error });

async function isAlive(replica: Replica, healthPath: string | undefined, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  const request = {
    // Every GraphQL server answers this one, and none has work with it.
    body: '{"query":"{__typename}"}',
    deadline,
    isRepeatable: true,
    cancellation: undefined,
    viewer: undefined,
    authorization: undefined,
    idempotencyKey: undefined,
    traceparent: undefined,
  };
  try {
    if (healthPath !== undefined) {
      const { status } = await replica.get(healthPath, deadline);
      return status >= 200 && status < 300;
    }
    const response = await replica.send(request);
    return response.status < 500 && isReadable(response);
  } catch {
    return false;
  }
}
