import { Cancellation } from '@entrepot/kernel/cancellation';
import { Fault } from '@entrepot/kernel/fault';
import { loggerOf } from '@entrepot/telemetry/logger';
import type { Span } from '@entrepot/telemetry/trace';
import type { AtOnce, Kept, Later, Way } from './answer-at-once.ts';
import { type AnswerDocument, answerByApollo } from './answer-by-apollo.ts';
import type { Question } from './cache/cache-key.ts';
import type { Making, ResponseCache } from './cache/response-cache.ts';
import { budgetOf, charge, getReady, type ReadyParts } from './get-ready.ts';
import { withCost } from './limits/cost-extension.ts';
import type { Hopeless } from './limits/hopeless.ts';
import type { RateLimit } from './limits/rate-limit.ts';
import {
  type Asked,
  isShareable,
  type Life,
  type MakeParts,
  makeAnswer,
  makeParts,
  type Ready,
} from './make-answer.ts';
import type { Metrics } from './metrics.ts';
import { answerWith, batchOf, type Result, refusal, resultOf } from './operations/answers.ts';
import type { Apollo } from './operations/apollo.ts';
import { type Described, type Document, type Documents, operationOf } from './operations/documents.ts';
import { withCaching } from './operations/http-caching.ts';
import type { Answer, AnswerIncoming, Incoming, StreamedAnswer } from './operations/http-request.ts';
import { mediaTypeFor, partsFor } from './operations/media-type.ts';
import { MULTIPART_TYPES, writeMultipart } from './operations/multipart.ts';
import { outcomeOf } from './operations/outcome.ts';
import type { Operation, ReadOperations } from './operations/read-operations.ts';
import { RequestErrors } from './operations/request-errors.ts';
import type { IncrementalSpec } from './plan/incremental-format.ts';
import type { ReadAgain } from './subscriptions/subscriptions.ts';

export type PipelineParts = MakeParts &
  ReadyParts & {
    apollo: Apollo;
    read: ReadOperations;
    documents: Documents;
    /** Undefined when nobody's requests are limited. */
    rates: RateLimit | undefined;
    responses: ResponseCache<Result>;
    atOnce: AtOnce;
    hopeless: Hopeless;
    metrics: Metrics;
  };

/** The life of one request, from what came to what is answered. Whatever is refused is answered, too. */
export function createPipeline(parts: PipelineParts): AnswerIncoming {
  const answer = createWholeWay(parts);
  return (incoming) => {
    const way = parts.atOnce.wayTo(incoming);
    if (!way) return answer(incoming);
    const answerWay = (kept: Kept | undefined) => (kept ? answerKept(kept, incoming) : answer(incoming));
    const kept = endOf(way);
    return kept instanceof Promise ? kept.then(answerWay) : answerWay(kept);
  };
}

function endOf(way: Way): Kept | undefined | Promise<Kept | undefined> {
  let tell: Later = () => {};
  const kept = way((found) => tell(found));
  return kept === 'later' ? new Promise((resolve) => (tell = resolve)) : kept;
}

function answerKept({ mediaType, body, tail, limits, freshness }: Kept, incoming: Incoming): Answer {
  const answer = withCaching(incoming, answerWith({ isExecuted: true, body, tail }, mediaType), freshness);
  const { headers } = answer;
  return { ...answer, headers: limits ? { ...headers, ...limits } : headers, isAtOnce: incoming.method === 'POST' };
}

function createWholeWay(parts: PipelineParts) {
  return async (incoming: Incoming): Promise<Answer | StreamedAnswer> => {
    if (wantsPage(parts, incoming)) return parts.apollo.showPage(incoming.headers);
    const { accept, authorization } = incoming.headers;
    const mediaType = mediaTypeFor(accept);
    if (mediaType === undefined)
      throw new Fault('NOT_ACCEPTABLE', 'the answer can be application/json or application/graphql-response+json');
    try {
      const isOverwhelmed = parts.admission.isOverwhelmed();
      if (isOverwhelmed) refuseUnread(parts, incoming);
      const { operations, isBatch } = parts.read(incoming);
      const viewer = await parts.accessTokens?.viewerOf(authorization);
      const budget = budgetOf(parts, incoming, viewer);
      const takesParts = isBatch ? undefined : partsFor(accept);
      const answering = operations.map((operation) =>
        answerOperation(parts, { incoming, viewer, budget, operation, takesParts }),
      );
      const [first] = answering;
      const result = first && !isBatch ? await first : batchOf(await Promise.all(answering));
      if (isOverwhelmed) parts.hopeless.tell(incoming.bytes, result.fault?.code === 'OVERLOADED');
      if (result.parts && takesParts) return inParts(result.parts, takesParts, result.head?.headers);
      const answer = withCaching(incoming, answerWith(result, mediaType), result.freshness);
      // What caches keep is not for one client alone, and so tells nobody's budget.
      return budget && !isPublic(incoming, result) ? withHeaders(answer, budget.headers()) : answer;
    } catch (error) {
      if (error instanceof Fault) return answerWith(resultOf(error), mediaType);
      throw error;
    }
  };
}

/** Answers one operation. */
function serve(parts: PipelineParts, asked: Asked, life: Life): Promise<Result> {
  const learning = parts.documents.learn(asked.operation);
  if (learning === undefined) return serveKnown(parts, asked, life);
  return learning.then(() => serveKnown(parts, asked, life));
}

function serveKnown(parts: PipelineParts, asked: Asked, life: Life): Promise<Result> {
  if (!parts.apollo.hasPlugins) return answerDocument(parts, asked, parts.documents.find(asked.operation), life);
  const answer: AnswerDocument = (own, document, begin) => answerDocument(parts, own, document, life, begin);
  return answerByApollo(parts, asked, life, answer);
}

/** The rest of it: operation, validity, authorization, cost, budget, cache, execution. `begin`: waited for before an execution. */
async function answerDocument(
  parts: PipelineParts,
  asked: Asked,
  document: Document,
  life: Life,
  begin?: () => Promise<void>,
): Promise<Result> {
  const described = operationOf(document, asked.operation.operationName);
  life.operationName = described.name;
  refuseByMethod(asked.incoming, described);
  const ready = await getReady(parts, asked, document, described);
  const charged = asked.budget && (await charge(asked, life, ready.cost));
  const result = await answerReady(parts, ready, life, begin);
  if (!charged || result.parts || isPublic(asked.incoming, result)) return result;
  return { ...result, ...withCost(result.body, charged) };
}

async function answerReady(
  parts: PipelineParts,
  ready: Ready,
  life: Life,
  begin?: () => Promise<void>,
): Promise<Result> {
  const { described, document, incoming, takesParts, viewer } = ready;
  const isQuery = described.type === 'query' && isShareable(parts, incoming);
  const spec = takesParts && document.text.includes('@defer') ? takesParts : undefined;
  if (begin && (!isQuery || spec)) await begin();
  const made = spec && (await makeParts(parts, ready, spec, life));
  if (made) return made;
  if (isQuery) return answerFromCache(parts, ready, life, begin);
  const { answer } = await makeAnswer(parts, ready, life, { signal: incoming.signal() });
  if (described.type === 'mutation' && viewer) await parts.responses.forget(viewer);
  return answer;
}

async function answerFromCache(
  parts: PipelineParts,
  ready: Ready,
  life: Life,
  begin?: () => Promise<void>,
): Promise<Result> {
  const make = async (making: Making) => {
    if (making.isRefresh) return makeAnswer(parts, ready, newLife(), making);
    if (begin) await begin();
    return makeAnswer(parts, ready, life, making);
  };
  const question = questionOf(ready);
  const served = await parts.responses.serve(question, ready.viewer, make, ready.incoming.signal);
  parts.metrics.cache(served.outcome);
  if ('answer' in served) return served.answer;
  if (served.outcome === 'hit' && served.kept) parts.atOnce.remember(ready, question, served.kept.isPublic);
  life.outcome = 'ok';
  return { isExecuted: true, body: served.body, freshness: served.kept?.isPublic ? served.kept : undefined };
}

/** Reads a query again for a subscriber. What was asked has been looked at when the subscription began. */
export function createReadAgain(parts: PipelineParts): ReadAgain {
  return async ({ document, operationName, variables, subscriber: { viewer, authorization }, moment }) => {
    const headers = { priority: 'u=7', ...(authorization !== undefined && { authorization }) };
    const incoming = { ...UNSENT, headers };
    const operation = { query: document.text, id: document.hash, isPersisted: false, operationName, variables };
    const asked = { incoming, viewer, budget: undefined, operation, takesParts: undefined, moment };
    const { body } = await live(parts, undefined, async (life) => {
      life.operationName = operationName;
      return answerReady(parts, await getReady(parts, asked, document, { name: operationName, type: 'query' }), life);
    });
    return body.toString();
  };
}

const UNSENT = {
  method: 'POST',
  search: '',
  bytes: Buffer.alloc(0),
  address: undefined,
  signal: () => new Cancellation(),
} as const;

function answerOperation(parts: PipelineParts, asked: Asked): Promise<Result> {
  return live(parts, asked.incoming.span, async (life) => {
    try {
      return await serve(parts, asked, life);
    } catch (error) {
      // Also what is refused had to be looked at: it costs as much as the least of what is executed.
      if (!life.isCharged) await charge(asked, life, 1);
      throw error;
    }
  });
}

const newLife = (): Life => ({ operationName: undefined, outcome: 'error', isCharged: false });

/** Whatever becomes of an operation, it is counted, and has an answer. */
async function live(
  parts: PipelineParts,
  span: Span | undefined,
  serving: (life: Life) => Promise<Result>,
): Promise<Result> {
  const began = performance.now();
  const life = newLife();
  try {
    return await serving(life);
  } catch (error) {
    if (error instanceof RequestErrors) {
      life.outcome = outcomeOf(error.errors);
      return refusal(error.errors);
    }
    if (error instanceof Fault) {
      life.outcome = outcomeOf([{ extensions: { code: error.code } }]);
      return resultOf(error);
    }
    loggerOf(parts.logger, span).error({ err: error }, 'a request failed inside the gateway');
    return resultOf(new Fault('INTERNAL_SERVER_ERROR', 'something went wrong on our side', { cause: error }));
  } finally {
    parts.metrics.request(life.operationName, life.outcome, (performance.now() - began) / 1000);
  }
}

/** When even refusing has become too much, it is done without a look at what is refused. */
function refuseUnread({ admission, hopeless, priorities }: PipelineParts, { bytes }: Incoming): void {
  if (hopeless.has(bytes) && !priorities.mayBeCheckout(bytes)) admission.refuse('browse');
}

function refuseByMethod({ method }: Incoming, { type }: Described): void {
  if (method === 'GET' && type !== 'query') throw new Fault('METHOD_NOT_ALLOWED', `a ${type} is asked by POST`);
  if (type === 'subscription')
    throw new Fault('NOT_ACCEPTABLE', 'a subscription is answered as a stream: accept text/event-stream, for example');
}

/** An operation that is read once is asked as one object, whose keys are made once (see cache-key.ts). */
const questions = new WeakMap<Operation, Question>();

/** The generation that it names is the one that makes the answer, even when another takes over meanwhile. */
function questionOf({ operation, document, generation, denials }: Ready): Question {
  const known = questions.get(operation);
  const denied = denials?.key ?? '';
  if (known?.generation === generation.id && known.denied === denied) return known;
  const { operationName, variables } = operation;
  const question = { generation: generation.id, document: document.hash, operationName, variables, denied };
  questions.set(operation, question);
  return question;
}

/** A browser that was given the endpoint's address, and not a program that asks by GET. */
const wantsPage = ({ apollo }: PipelineParts, { method, search, headers }: Incoming) =>
  apollo.hasLandingPage && method === 'GET' && search === '' && headers.accept?.includes('text/html') === true;

const isPublic = ({ method }: Incoming, { freshness }: Result) => method === 'GET' && freshness !== undefined;

const withHeaders = (answer: Answer, headers: Answer['headers']): Answer => ({
  ...answer,
  headers: { ...answer.headers, ...headers },
});

const inParts = (
  parts: AsyncIterable<string>,
  spec: IncrementalSpec,
  headers: Answer['headers'] = {},
): StreamedAnswer => ({
  status: 200,
  headers: { 'cache-control': 'no-store', ...headers, 'content-type': MULTIPART_TYPES[spec] },
  parts: writeMultipart(parts),
});
