import { Fault } from '@entrepot/kernel/fault';
import { encodeViewer, type Viewer } from '@entrepot/kernel/viewer';
import type { Logger } from '@entrepot/telemetry/logger';
import type { AccessTokens } from './auth/access-tokens.ts';
import { audienceOf } from './cache/audience.ts';
import type { Question } from './cache/cache-key.ts';
import type { Made, ResponseCache } from './cache/response-cache.ts';
import { createRequestContext } from './execute/request-context.ts';
import type { Admission } from './limits/admission.ts';
import { withCost } from './limits/cost-extension.ts';
import type { Priorities } from './limits/priority.ts';
import type { Budget, RateLimit } from './limits/rate-limit.ts';
import type { Metrics } from './metrics.ts';
import { answerWith, batchOf, type Result, refusal, resultOf } from './operations/answers.ts';
import { type Described, type Document, type Documents, operationOf } from './operations/documents.ts';
import { withCaching } from './operations/http-caching.ts';
import type { Answer, Incoming, StreamedAnswer } from './operations/http-request.ts';
import { mediaTypeFor } from './operations/media-type.ts';
import type { Operation, ReadOperations } from './operations/read-operations.ts';
import { RequestErrors } from './operations/request-errors.ts';
import type { ReadAgain } from './subscriptions/subscriptions.ts';
import type { Generation } from './supergraph/generation.ts';

export type Pipeline = (incoming: Incoming) => Promise<Answer | StreamedAnswer>;

export type PipelineParts = {
  /** Whether a browser that looks at the endpoint is shown a page. */
  hasLandingPage: boolean;
  read: ReadOperations;
  /** Undefined when this gateway checks no tokens. */
  accessTokens: AccessTokens | undefined;
  documents: Documents;
  admission: Admission;
  priorities: Priorities;
  /** Undefined when nobody's requests are limited. */
  rates: RateLimit | undefined;
  responses: ResponseCache<Result>;
  /** What new requests run on. */
  generation: () => Generation;
  metrics: Metrics;
  logger: Logger;
  /** How long a query may wait for its subgraphs in all. */
  timeoutMs: number;
};

/** One operation of a request, and who asks. */
type Request = {
  readonly incoming: Incoming;
  readonly viewer: Viewer | undefined;
  readonly budget: Budget | undefined;
  readonly operation: Operation;
};
/** The same with all that is known before it is executed. */
type Ready = Request & { readonly document: Document; readonly described: Described; readonly generation: Generation };
/** What of an operation's life metrics want to know; filled in as it becomes known. */
type Life = { operationName: string | undefined; isFailed: boolean };
const newLife = (): Life => ({ operationName: undefined, isFailed: true });

/** The life of one request, from what came to what is answered. Whatever is refused is answered, too. */
export function createPipeline(parts: PipelineParts): Pipeline {
  return async (incoming) => {
    if (parts.hasLandingPage && wantsPage(incoming)) return showPage(parts, incoming);
    const mediaType = mediaTypeFor(incoming.headers.accept);
    if (mediaType === undefined)
      throw new Fault('NOT_ACCEPTABLE', 'the answer can be application/json or application/graphql-response+json');
    try {
      refuseUnread(parts, incoming);
      const { operations, isBatch } = parts.read(incoming);
      const viewer = await parts.accessTokens?.viewerOf(incoming.headers.authorization);
      const budget = budgetOf(parts, incoming, viewer);
      const [first] = operations;
      const result =
        first && !isBatch
          ? await answerOperation(parts, { incoming, viewer, budget, operation: first })
          : batchOf(
              await Promise.all(
                operations.map((operation) => answerOperation(parts, { incoming, viewer, budget, operation })),
              ),
            );
      const answer = withCaching(incoming, answerWith(result, mediaType), result.freshness);
      // What caches keep is not for one client alone, and so tells nobody's budget.
      return budget && !isPublic(incoming, result) ? withHeaders(answer, budget.headers()) : answer;
    } catch (error) {
      if (error instanceof Fault) return answerWith(resultOf(error), mediaType);
      throw error;
    }
  };
}

/** Reads a query again for a subscriber. What was asked has been looked at when the subscription began, so nothing else is done. */
export function createReadAgain(parts: PipelineParts): ReadAgain {
  return async ({ document, operationName, variables, subscriber: { viewer, authorization } }) => {
    const headers = { priority: 'u=7', ...(authorization !== undefined && { authorization }) };
    const { signal } = new AbortController();
    const incoming = {
      method: 'POST',
      search: '',
      headers,
      bytes: NOTHING,
      address: undefined,
      signal: () => signal,
    } as const;
    const operation = { query: document.text, id: document.hash, isPersisted: false, operationName, variables };
    const described = { name: operationName, type: 'query' } as const;
    const ready: Ready = {
      incoming,
      viewer,
      budget: undefined,
      operation,
      document,
      described,
      generation: parts.generation(),
    };
    const { body } = await live(parts, (life) => {
      life.operationName = operationName;
      return serveReady(parts, ready, life);
    });
    return body.toString();
  };
}

const NOTHING = Buffer.alloc(0);

const answerOperation = (parts: PipelineParts, request: Request): Promise<Result> =>
  live(parts, (life) => serve(parts, request, life));

/** Whatever becomes of an operation, it is counted, and has an answer. */
async function live(parts: PipelineParts, serving: (life: Life) => Promise<Result>): Promise<Result> {
  const began = performance.now();
  const life = newLife();
  try {
    return await serving(life);
  } catch (error) {
    if (error instanceof RequestErrors) return refusal(error.errors);
    if (error instanceof Fault) return resultOf(error);
    parts.logger.error({ err: error }, 'a request failed inside the gateway');
    return resultOf(new Fault('INTERNAL_SERVER_ERROR', 'something went wrong on our side', { cause: error }));
  } finally {
    parts.metrics.request(life.operationName, life.isFailed ? 'error' : 'ok', (performance.now() - began) / 1000);
  }
}

/** When even refusing has become too much, it is done without a look at what is refused. */
function refuseUnread({ admission, priorities }: PipelineParts, { bytes, search }: Incoming): void {
  if (admission.isOverwhelmed() && !priorities.mayBeCheckout(bytes, search)) admission.refuse('browse');
}

function budgetOf({ rates }: PipelineParts, { address, headers }: Incoming, viewer: Viewer | undefined) {
  const forwarded = headers['x-forwarded-for'];
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join() : forwarded;
  return rates?.budgetOf({ viewerId: viewer?.id, address, forwardedFor });
}

const isPublic = ({ method }: Incoming, { freshness }: Result) => method === 'GET' && freshness !== undefined;

const withHeaders = (answer: Answer, headers: Answer['headers']): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
});

async function serve(parts: PipelineParts, request: Request, life: Life): Promise<Result> {
  const { budget } = request;
  if (!budget) return serveReady(parts, prepare(parts, request, life), life);
  const ready = await prepareOrPay(parts, request, budget, life);
  const charged = await budget.charge(COST);
  const result = await serveReady(parts, ready, life);
  return isPublic(request.incoming, result) ? result : { ...result, body: withCost(result.body, charged) };
}

/** Of an operation, until there is a table of costs. */
const COST = 1;

/** Also what is refused at once has to be looked at: it costs as much as the least of what is executed. */
async function prepareOrPay(parts: PipelineParts, request: Request, budget: Budget, life: Life): Promise<Ready> {
  try {
    return prepare(parts, request, life);
  } catch (error) {
    await budget.charge(1);
    throw error;
  }
}

function prepare(parts: PipelineParts, request: Request, life: Life): Ready {
  const { operation, incoming } = request;
  const document = parts.documents.find(operation);
  const described = operationOf(document, operation.operationName);
  life.operationName = described.name;
  if (incoming.method === 'GET' && described.type !== 'query')
    throw new Fault('METHOD_NOT_ALLOWED', `a ${described.type} is asked by POST`);
  return { ...request, document, described, generation: parts.generation() };
}

function serveReady(parts: PipelineParts, ready: Ready, life: Life): Promise<Result> {
  return ready.described.type === 'query' && isShareable(parts, ready.incoming)
    ? serveFromCache(parts, ready, life)
    : execute(parts, ready, life);
}

/** An authorization that is not ours to understand decides the answer in ways that we do not know. */
const isShareable = ({ accessTokens }: PipelineParts, { headers }: Incoming) =>
  accessTokens !== undefined || headers.authorization === undefined;

async function serveFromCache(parts: PipelineParts, ready: Ready, life: Life): Promise<Result> {
  const served = await parts.responses.serve(questionOf(ready), ready.viewer, ({ isRefresh }) =>
    isRefresh ? make(parts, ready, newLife(), true) : make(parts, ready, life),
  );
  parts.metrics.cache(served.outcome);
  if ('answer' in served) return served.answer;
  life.isFailed = false;
  return { isExecuted: true, body: served.body, freshness: served.kept?.isPublic ? served.kept : undefined };
}

/** An operation that is read once is asked as one object, whose keys are made once (see cache-key.ts). */
const questions = new WeakMap<Operation, Question>();

/** The generation that it names is the one that makes the answer, even when another takes over meanwhile. */
function questionOf({ operation, document, generation }: Ready): Question {
  const known = questions.get(operation);
  if (known?.generation === generation.id) return known;
  const { operationName, variables } = operation;
  const question = { generation: generation.id, document: document.hash, operationName, variables };
  questions.set(operation, question);
  return question;
}

async function execute(parts: PipelineParts, ready: Ready, life: Life): Promise<Result> {
  const { answer } = await make(parts, ready, life);
  if (ready.described.type === 'mutation' && ready.viewer) await parts.responses.forget(ready.viewer);
  return answer;
}

/** Makes an answer when it is its turn; what is kept is served without one. */
async function make(parts: PipelineParts, ready: Ready, life: Life, isRefresh = false): Promise<Made<Result>> {
  const { described, document, incoming } = ready;
  const asked = { ...described, document: document.node, headers: incoming.headers };
  const release = await parts.admission.admit(parts.priorities.of(asked), document.hash);
  try {
    return await makeNow(parts, ready, life, isRefresh);
  } finally {
    release(life.isFailed ? 'failed' : 'done');
  }
}

async function makeNow(parts: PipelineParts, ready: Ready, life: Life, isRefresh: boolean): Promise<Made<Result>> {
  const { incoming, viewer, operation, document, generation } = ready;
  const who = {
    viewer: viewer && encodeViewer(viewer),
    authorization: parts.accessTokens ? undefined : incoming.headers.authorization,
    audience: ready.described.type === 'query' && isShareable(parts, incoming) ? audienceOf(viewer) : undefined,
    isRefresh,
  };
  const context = createRequestContext(who, Date.now() + parts.timeoutMs);
  const { operationName = null, variables } = operation;
  const answer = await generation.execute(
    { method: 'POST', search: '', headers: JSON_BODY, body: { query: document.text, operationName, variables } },
    context,
  );
  const isExecuted = answer.status === 200;
  const { errors } = context.known;
  life.isFailed = !isExecuted || errors === undefined || errors.length > 0;
  // Of what was refused, nothing may go to others, whatever the subgraphs said.
  const verdict = isExecuted && errors ? context.policy.verdict(errors.length === 0) : FAILED;
  const freshness = verdict.kind === 'public' ? verdict : undefined;
  let bytes: Buffer | undefined;
  return {
    answer: { isExecuted, body: answer.body, freshness },
    verdict,
    body: () => (bytes ??= Buffer.from(answer.body)),
  };
}

const JSON_BODY = { 'content-type': 'application/json' };
const FAILED = { kind: 'failed' } as const;

/** A browser that was given the endpoint's address, and not a program that asks by GET. */
const wantsPage = ({ method, search, headers }: Incoming) =>
  method === 'GET' && search === '' && headers.accept?.includes('text/html') === true;

function showPage({ generation, timeoutMs }: PipelineParts, { headers }: Incoming): Promise<Answer> {
  const context = createRequestContext({ viewer: undefined, authorization: undefined }, Date.now() + timeoutMs);
  return generation().execute({ method: 'GET', search: '', headers, body: undefined }, context);
}
