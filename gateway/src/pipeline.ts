import { encodeViewer, type Viewer } from '@entrepot/kernel/viewer';
import type { AccessTokens } from './auth/access-tokens.ts';
import type { Made, ResponseCache } from './cache/response-cache.ts';
import { createRequestContext, type RequestContext } from './execute/request-context.ts';
import type { Metrics } from './metrics.ts';
import type { Documents } from './operations/documents.ts';
import type { Answer, HttpRequest } from './operations/http-request.ts';
import { mediaTypeFor } from './operations/media-type.ts';
import { type Operation, readOperation } from './operations/read-operation.ts';
import type { Generation } from './supergraph/generation.ts';

export type Pipeline = (request: HttpRequest) => Promise<Answer>;

export type PipelineParts = {
  /** Undefined when this gateway checks no tokens. */
  accessTokens: AccessTokens | undefined;
  documents: Documents;
  responses: ResponseCache<Answer>;
  /** What new requests run on. */
  generation: () => Generation;
  metrics: Metrics;
  /** How long a query may wait for its subgraphs in all. */
  timeoutMs: number;
};

/** What of a request's life metrics want to know; filled in as it becomes known. */
type Life = { operationName: string | undefined; isFailed: boolean };

/** The life of one request, from what was asked to what is answered. @throws Fault for what is refused before it is executed */
export function createPipeline(parts: PipelineParts): Pipeline {
  const { documents, accessTokens, metrics } = parts;
  return async (request) => {
    const began = performance.now();
    const life: Life = { operationName: undefined, isFailed: true };
    try {
      const operation = readOperation(request);
      const described = operation && documents.describe(operation);
      life.operationName = described?.name;
      const viewer = await accessTokens?.viewerOf(request.headers.authorization);
      const mediaType = mediaTypeFor(request.headers.accept);
      // An authorization that is not ours to understand decides the answer in ways that we do not know.
      const isKnown = accessTokens !== undefined || request.headers.authorization === undefined;
      if (operation && described?.type === 'query' && mediaType !== undefined && isKnown)
        return await answerFromCache(parts, request, operation, viewer, mediaType, life);
      return await execute(parts, parts.generation(), request, viewer, life);
    } finally {
      metrics.request(life.operationName, life.isFailed ? 'error' : 'ok', (performance.now() - began) / 1000);
    }
  };
}

async function answerFromCache(
  parts: PipelineParts,
  request: HttpRequest,
  { hash, operationName, variables }: Operation,
  viewer: Viewer | undefined,
  mediaType: string,
  life: Life,
): Promise<Answer> {
  // The generation that the key names is the one that makes the answer, even when another takes over meanwhile.
  const generation = parts.generation();
  const question = { generation: generation.id, document: hash, operationName, variables };
  const served = await parts.responses.serve(question, viewer, () => make(parts, generation, request, viewer, life));
  parts.metrics.cache(served.outcome);
  if ('answer' in served) return served.answer;
  life.isFailed = false;
  return { status: 200, headers: { 'content-type': mediaType, 'cache-control': NO_STORE }, body: served.body };
}

async function execute(
  parts: PipelineParts,
  generation: Generation,
  request: HttpRequest,
  viewer: Viewer | undefined,
  life: Life,
): Promise<Answer> {
  const { answer, context } = await run(parts, generation, request, viewer, life);
  if (context.known.isMutation && viewer) await parts.responses.forget(viewer);
  return answer;
}

async function make(
  parts: PipelineParts,
  generation: Generation,
  request: HttpRequest,
  viewer: Viewer | undefined,
  life: Life,
): Promise<Made<Answer>> {
  const { answer, context } = await run(parts, generation, request, viewer, life);
  // Of what Apollo Server refused, nothing may go to others, whatever its subgraphs said.
  const { errors } = context.known;
  const verdict = answer.status === 200 && errors ? context.policy.verdict(errors.length === 0) : FAILED;
  let body: Buffer | undefined;
  return { answer, verdict, body: () => (body ??= Buffer.from(answer.body)) };
}

async function run(
  { accessTokens, timeoutMs }: PipelineParts,
  generation: Generation,
  request: HttpRequest,
  viewer: Viewer | undefined,
  life: Life,
): Promise<{ answer: Answer; context: RequestContext }> {
  const authorization = accessTokens ? undefined : request.headers.authorization;
  const who = { viewer: viewer && encodeViewer(viewer), authorization };
  const context = createRequestContext(who, Date.now() + timeoutMs);
  const answer = await generation.execute(request, context);
  const { operationName, errors = [] } = context.known;
  life.operationName = operationName;
  life.isFailed = answer.status >= 400 || errors.length > 0;
  return { answer: { ...answer, headers: { ...answer.headers, 'cache-control': NO_STORE } }, context };
}

/** Caches beyond this process cannot be told yet when an answer has become stale, so they are told to keep none. */
const NO_STORE = 'no-store';
const FAILED = { kind: 'failed' } as const;
