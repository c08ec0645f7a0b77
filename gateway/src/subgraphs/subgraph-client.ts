import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { SubgraphState } from '../subgraph-metrics.ts';
import type { Place } from './addresses.ts';
import type { Outcome } from './http1/connection.ts';
import type { HttpResponse } from './http1/response-reader.ts';
import { NoResponse } from './no-response.ts';
import { createRateBreaker } from './rate-breaker.ts';
import { isReadable } from './readable.ts';
import type { OnEnd, Replica, SubgraphRequest } from './replica.ts';
import type { ReplicaHealth } from './replica-health.ts';
import { createReplicaSet, type Member } from './replica-set.ts';
import { createRetryBudget } from './retry-budget.ts';
import type { Tuning } from './tuning.ts';

export type SubgraphClient = {
  post: Post;
  state(): SubgraphState;
  close(): void;
};

export type Post = (request: SubgraphRequest, onEnd: OnEnd) => void;

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
const NOBODY: readonly Member[] = [];

/** A request under way. */
type Call = {
  readonly request: SubgraphRequest;
  readonly onEnd: OnEnd;
  readonly isFair: boolean;
  tried: readonly Member[];
};

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

  /** Whoever comes with the rest of a time that others have used up, and gets no answer in it, says nothing of this subgraph. */
  const hasTime = ({ deadline }: SubgraphRequest) => deadline - Date.now() >= timeoutMs / 2;

  const begin = (call: Call): void => {
    const member = replicas.pick(call.tried);
    if (member) attempt(call, member);
    else void findFirst(call);
  };

  /** While no address is known yet. */
  const findFirst = async (call: Call): Promise<void> => {
    await Promise.race([replicas.found(), sleep(FIND_LIMIT_MS)]);
    const member = replicas.pick(call.tried);
    if (member) attempt(call, member);
    else end(call, new NoResponse('unavailable', 'no address is known', { isUnsent: true }));
  };

  const attempt = (call: Call, member: Member): void => {
    const { request, tried } = call;
    const isFair = hasTime(request);
    call.tried = tried.length === 0 ? [member] : [...tried, member];
    member.replica.send(request, (outcome) => {
      note(outcome, member.health, isFair);
      if (mayRetry(outcome, call)) tryAgain(call, outcome);
      else end(call, outcome);
    });
  };

  const note = (outcome: Outcome, health: ReplicaHealth, isFair: boolean): void => {
    if (outcome instanceof NoResponse) {
      if (tellsOfTrouble(outcome, isFair)) health.failed(outcome.isRefused);
      return;
    }
    const restMs = restOf(outcome);
    if (restMs !== undefined) health.rest(restMs);
    if (outcome.status < 500 && isReadable(outcome)) health.succeeded();
    else health.failed(false);
  };

  /** Whether to try once more after what has just come of it. */
  const mayRetry = (outcome: Outcome, { request, tried }: Call): boolean => {
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

  const tryAgain = (call: Call, outcome: Outcome) => {
    const { request, tried } = call;
    // Where others are well, nobody waits for one that rests.
    const restMs = replicas.pick(tried)?.health.restMs() ?? 0;
    const pauseMs = restMs + Math.random() * BACK_OFF_MS * 2 ** tried.length;
    if (Date.now() + pauseMs >= request.deadline) {
      const late = new NoResponse('timeout', 'no time is left to try again');
      return end(call, outcome instanceof NoResponse ? late : outcome);
    }
    events.onRetry();
    setTimeout(() => {
      if (request.cancellation?.isCancelled) end(call, new NoResponse('cancelled', 'nobody waits for it any more'));
      else begin(call);
    }, pauseMs);
  };

  const end = ({ isFair, onEnd }: Call, outcome: Outcome): void => {
    running--;
    report(outcome, isFair);
    onEnd(outcome);
  };

  const report = (outcome: Outcome, isFair: boolean) => {
    if (!(outcome instanceof NoResponse)) return isTransient(outcome) ? breaker.failed() : breaker.succeeded();
    return tellsOfTrouble(outcome, isFair) ? breaker.failed() : breaker.abandoned();
  };

  const refusalOf = ({ deadline }: SubgraphRequest): NoResponse | undefined => {
    if (running >= tuning.maxRunning)
      return new NoResponse('unavailable', `${running} requests are running or waiting already`, { isUnsent: true });
    if (deadline <= Date.now()) return new NoResponse('timeout', 'no time is left', { isUnsent: true });
    if (!breaker.allows()) return new NoResponse('unavailable', 'the circuit breaker is open', { isUnsent: true });
    return undefined;
  };

  return {
    post(request, onEnd) {
      const refusal = refusalOf(request);
      if (refusal) return onEnd(refusal);
      running++;
      budget.earn();
      begin({ request, onEnd, isFair: hasTime(request), tried: NOBODY });
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

const tellsOfTrouble = ({ reason }: NoResponse, isFair: boolean): boolean =>
  reason === 'unavailable' || (reason === 'timeout' && isFair);

async function isAlive(replica: Replica, healthPath: string | undefined, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  const outcome = await new Promise<Outcome>((resolve) => {
    if (healthPath === undefined) replica.send({ ...QUESTION, deadline }, resolve);
    else replica.get(healthPath, deadline, resolve);
  });
  if (outcome instanceof NoResponse) return false;
  const { status } = outcome;
  return healthPath === undefined ? status < 500 && isReadable(outcome) : status >= 200 && status < 300;
}

/** Every GraphQL server answers this one, and none has work with it. */
const QUESTION = { body: '{"query":"{__typename}"}', lines: '', isRepeatable: true, cancellation: undefined };
