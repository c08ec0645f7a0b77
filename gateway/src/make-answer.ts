import type { Cancellation } from '@entrepot/kernel/cancellation';
import { encodeViewer } from '@entrepot/kernel/viewer';
import { type Logger, loggerOf } from '@entrepot/telemetry/logger';
import type { AccessTokens } from './auth/access-tokens.ts';
import type { Denials } from './auth/denials.ts';
import type { TokenViewer } from './auth/viewer-state.ts';
import { audienceOf } from './cache/audience.ts';
import type { EntityCache } from './cache/entity-cache.ts';
import { withTypeTags } from './cache/keeping.ts';
import type { Verdict } from './cache/policy.ts';
import type { Made, Making } from './cache/response-cache.ts';
import { createRequestContext, type RequestContext } from './execute/request-context.ts';
import type { Admission } from './limits/admission.ts';
import type { Priorities } from './limits/priority.ts';
import type { Budget } from './limits/rate-limit.ts';
import type { Result } from './operations/answers.ts';
import type { Described, Document } from './operations/documents.ts';
import type { Incoming } from './operations/http-request.ts';
import { outcomeOf, type RequestOutcome } from './operations/outcome.ts';
import { readAhead } from './operations/read-ahead.ts';
import type { Operation } from './operations/read-operations.ts';
import type { IncrementalSpec } from './plan/incremental-format.ts';
import type { Executed, Payload } from './plan/prepared-operation.ts';
import type { RollOf } from './roll.ts';
import type { Generation } from './supergraph/generation.ts';

/** One operation of a request, and who asks. */
export type Asked = {
  readonly incoming: Incoming;
  readonly viewer: TokenViewer | undefined;
  readonly budget: Budget | undefined;
  readonly operation: Operation;
  /** In which form the client takes its answer in parts; undefined when it does not. */
  readonly takesParts: IncrementalSpec | undefined;
  /** Of a question that an event raised, so that its answer is none that had been asked for before that. */
  readonly moment?: string | undefined;
};

/** The same with all that is known before it is executed: it is valid, and what of it is denied and what it costs is known. */
export type Ready = Asked & {
  readonly document: Document;
  readonly described: Described;
  readonly generation: Generation;
  readonly denials: Denials | undefined;
  readonly cost: number;
};

/** What becomes known of an operation in its life. */
export type Life = {
  operationName: string | undefined;
  outcome: RequestOutcome;
  /** Whether whoever asks has paid, or was found unable to. */
  isCharged: boolean;
};

export type MakeParts = {
  /** Undefined when this gateway checks no tokens. */
  accessTokens: AccessTokens | undefined;
  admission: Admission;
  priorities: Priorities;
  /** Undefined when only whole answers are kept. */
  entities: EntityCache | undefined;
  logger: Logger;
  /** How long a query, and a mutation, may wait for its subgraphs in all. */
  timeoutMs: number;
  mutationTimeoutMs: number;
  rollOf: RollOf;
};

type MakeOptions = Partial<Making> & {
  /** Tells when nobody waits for it any more. */
  signal?: Cancellation | undefined;
};

const FAILED: Verdict = { kind: 'failed', isOutage: false };

/** Makes an answer when it is its turn; what is kept is served without one. */
export async function makeAnswer(
  parts: MakeParts,
  ready: Ready,
  life: Life,
  options: MakeOptions = {},
): Promise<Made<Result>> {
  const context = contextOf(parts, ready, options);
  const { body, errors, isExecuted } = await executeInTurn(parts, ready, life, context);
  const verdict = isExecuted ? context.policy.verdict(errors.length === 0) : FAILED;
  const freshness = verdict.kind === 'public' ? { ...verdict, tags: withTypeTags(verdict.tags) } : undefined;
  return { answer: { isExecuted, body, freshness }, verdict, body: () => body };
}

async function executeInTurn(parts: MakeParts, ready: Ready, life: Life, context: RequestContext): Promise<Executed> {
  const { generation, document, operation, denials, described } = ready;
  const release = await takeTurn(parts, ready, context.isRefresh);
  const began = performance.now();
  try {
    const prepared = await generation.prepare(document, operation.operationName, denials, rollIn(parts, ready));
    const executed = await prepared.execute(operation.variables, context, askOf(parts, generation));
    life.outcome = outcomeOf(executed.errors);
    if (described.type === 'mutation') {
      const errors = executed.errors.map(({ extensions }) => extensions?.code);
      const ms = Math.round(performance.now() - began);
      loggerOf(parts.logger, context.span).info({ operation: described.name, ms, errors }, 'mutation');
    }
    return executed;
  } finally {
    release(life.outcome === 'ok' ? 'done' : 'failed');
  }
}

/** The answer in parts, for an operation that has some that come later; undefined for any other. What is refused has no parts. */
export async function makeParts(
  parts: MakeParts,
  ready: Ready,
  spec: IncrementalSpec,
  life: Life,
): Promise<Result | undefined> {
  const { generation, document, operation, denials, incoming } = ready;
  const prepared = await generation.prepare(document, operation.operationName, denials, rollIn(parts, ready));
  if (!prepared.executeIncrementally) return undefined;
  const release = await takeTurn(parts, ready);
  const signal = incoming.signal();
  let isReleased = false;
  const end = () => {
    if (!isReleased) release(life.outcome === 'ok' ? 'done' : 'failed');
    isReleased = true;
  };
  // Should the client leave before the first part is written, nobody else ends it.
  signal.listen(end);
  const context = contextOf(parts, ready, { signal });
  const payloads = prepared.executeIncrementally(operation.variables, context, askOf(parts, generation), spec);
  const iterator = payloads[Symbol.asyncIterator]();
  try {
    // What fails before anything was answered is answered as any failure.
    const first = await iterator.next();
    life.outcome = first.done === true ? 'error' : outcomeOf(first.value.errors);
    if (first.done !== true && first.value.isExecuted === false) {
      end();
      return { isExecuted: false, body: first.value.body };
    }
    // A turn ends with the work, and not when a slow client has read what came of it.
    return { isExecuted: true, body: '', parts: bodiesOf(first, readAhead(iterator, end)) };
  } catch (error) {
    end();
    throw error;
  }
}

async function* bodiesOf(first: IteratorResult<Payload>, rest: AsyncIterable<Payload>) {
  if (first.done !== true) yield first.value.body;
  for await (const { body } of rest) yield body;
}

/** Whose turn it is with what `@override` moves step by step. Looked at only where something is. */
export function rollIn(
  { rollOf }: Pick<MakeParts, 'rollOf'>,
  {
    generation,
    viewer,
    incoming,
  }: Pick<Ready, 'generation' | 'viewer'> & { readonly incoming: Pick<Incoming, 'address' | 'headers'> },
): number | undefined {
  if (!generation.isProgressive) return undefined;
  const { address, headers } = incoming;
  const forwarded = headers['x-forwarded-for'];
  const forwardedFor = Array.isArray(forwarded) ? forwarded.join() : forwarded;
  return rollOf({ viewerId: viewer?.id, address, forwardedFor });
}

/** The way to the subgraphs, past what is kept of their answers. */
const askOf = ({ entities }: MakeParts, { ask, id }: Generation) => entities?.(ask, id) ?? ask;

function takeTurn({ admission, priorities }: MakeParts, { described, document, incoming }: Ready, isRefresh = false) {
  // What nobody waits for comes last, whoever asked for it first.
  if (isRefresh) return admission.admit('background', document.hash);
  const asked = { ...described, document: document.node, headers: incoming.headers };
  return admission.admit(priorities.of(asked), document.hash);
}

export function contextOf(
  parts: MakeParts,
  ready: Pick<Ready, 'incoming' | 'viewer' | 'described' | 'moment'>,
  options: MakeOptions,
): RequestContext {
  const { incoming, viewer, described } = ready;
  const { authorization, 'idempotency-key': idempotencyKey } = incoming.headers;
  const isMutation = described.type === 'mutation';
  const who = {
    viewer: viewer && encodeViewer(viewer),
    authorization: parts.accessTokens ? undefined : authorization,
    audience: described.type === 'query' && isShareable(parts, incoming) ? audienceOf(viewer) : undefined,
    isRefresh: options.isRefresh,
    fence: options.fence ?? ready.moment,
    span: incoming.span,
    // What a mutation has begun is finished, whoever waits for it.
    signal: isMutation ? undefined : options.signal,
    idempotencyKey: isMutation && typeof idempotencyKey === 'string' ? idempotencyKey : undefined,
  };
  const context = createRequestContext(who, Date.now() + (isMutation ? parts.mutationTimeoutMs : parts.timeoutMs));
  context.known.operationName = described.name;
  context.known.isMutation = isMutation;
  return context;
}

/** An authorization that is not ours to understand decides the answer in ways that we do not know. */
export const isShareable = ({ accessTokens }: Pick<MakeParts, 'accessTokens'>, { headers }: Incoming): boolean =>
  accessTokens !== undefined || headers.authorization === undefined;
