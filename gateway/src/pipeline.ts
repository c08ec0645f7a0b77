import type { IncomingMessage, ServerResponse } from 'node:http';
import { HeaderMap, type HTTPGraphQLResponse } from '@apollo/server';
import { createSingleFlight } from '@entrepot/cache/single-flight';
import { parseJson, readBody } from '@entrepot/http/body';
import { header } from '@entrepot/http/server';
import { Fault } from '@entrepot/kernel/fault';
import type { Viewer } from '@entrepot/kernel/viewer';
import type { Logger } from '@entrepot/telemetry/logger';
import type { AccessTokens } from './auth/access-tokens.ts';
import { createAnswerPolicy } from './cache/answer-policy.ts';
import type { KeptAnswer, Lookup, Question, ResponseCache } from './cache/response-cache.ts';
import type { RequestMetrics } from './operations/request-metrics.ts';
import type { GatewayRequest } from './request.ts';
import type { Generation } from './supergraph/generation.ts';
import type { Generations } from './supergraph/generations.ts';

export type PipelineOptions = {
  generations: Generations;
  /** Undefined when this gateway checks no tokens. */
  accessTokens: AccessTokens | undefined;
  cache: ResponseCache;
  metrics: RequestMetrics;
  logger: Logger;
  maxBodyBytes: number;
};

/** What goes back to a client. */
type Answer = { status: number; headers: Iterable<[string, string]>; body: string; kept?: KeptAnswer };

/** The life of a request: read it, learn who asks, look whether the answer is known, else make it, keep it, send it. */
export function createPipeline({ generations, accessTokens, cache, metrics, logger, maxBodyBytes }: PipelineOptions) {
  const flights = createSingleFlight<Answer>();

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const began = performance.now();
    const body = request.method === 'POST' ? parseJson(await readBody(request, maxBodyBytes)) : undefined;
    const authorization = header(request, 'authorization');
    const viewer = await accessTokens?.viewerOf(authorization);
    const asked = { viewer, authorization: accessTokens ? undefined : authorization };

    const { answer, outcome } = await generations.use(async (generation) => {
      const question = questionOf(body, generation, viewer, asked.authorization);
      const found = question ? await cache.look(question) : BYPASS;
      if (found.kind === 'hit')
        return { answer: toAnswer(found.answer), outcome: { ...NO_ERRORS, operation: found.answer.operation } };
      return make(generation, request, body, asked, question, found);
    });

    send(response, answer);
    const seconds = (performance.now() - began) / 1000;
    metrics(outcome.operation, outcome.hasErrors ? 'error' : 'ok', seconds);
    if (outcome.kind === 'mutation')
      logger.info(
        { operation: outcome.operation, ms: Math.round(seconds * 1000), hasErrors: outcome.hasErrors },
        'mutation',
      );
  };

  /** Makes an answer; of several who want the same public one at the same time, one makes it for all. */
  async function make(
    generation: Generation,
    request: IncomingMessage,
    body: unknown,
    asked: Pick<GatewayRequest, 'viewer' | 'authorization'>,
    question: Question | undefined,
    found: Exclude<Lookup, { kind: 'hit' }>,
  ) {
    let outcome: GatewayRequest['outcome'] = NO_ERRORS;
    const work = async (): Promise<Answer> => {
      const scope: GatewayRequest = { ...asked, policy: createAnswerPolicy(), outcome: { ...NO_ERRORS } };
      const answer = await execute(generation, request, body, scope);
      outcome = scope.outcome;
      return keep(answer, scope, question, found);
    };
    const key = found.kind === 'miss' ? found.publicKey : undefined;
    if (key === undefined) return { answer: await work(), outcome };
    const flight = flights.join(key, work);
    const result = await flight.result;
    if (flight.isLeader) return { answer: result, outcome };
    // What another was given is ours only if it turned out to be good for everybody.
    if (result.kept && !result.kept.isPrivate)
      return { answer: result, outcome: { ...NO_ERRORS, operation: result.kept.operation } };
    return { answer: await work(), outcome };
  }

  async function keep(
    answer: Answer,
    { policy, outcome }: GatewayRequest,
    question: Question | undefined,
    found: Exclude<Lookup, { kind: 'hit' }>,
  ): Promise<Answer> {
    if (!question || outcome.kind === undefined) return answer;
    if (outcome.kind !== 'query') {
      cache.never(question);
      return answer;
    }
    const result = answer.status === 200 && !outcome.hasErrors ? policy.result() : undefined;
    if (!result || found.kind !== 'miss') return answer;
    const { maxAgeS, isPrivate, tags } = result;
    const kept = { body: answer.body, operation: outcome.operation, maxAgeS, isPrivate };
    await found.keep(kept, tags);
    return { ...toAnswer(kept), kept };
  }
}

const BYPASS = { kind: 'bypass' } as const;
const NO_ERRORS: GatewayRequest['outcome'] = { operation: undefined, kind: undefined, hasErrors: false };
const JSON_TYPE = 'application/json; charset=utf-8';

/** What the cache is asked; undefined for requests that only Apollo Server understands, such as by GET or by hash. */
function questionOf(
  body: unknown,
  { id }: Generation,
  viewer: Viewer | undefined,
  authorization: string | undefined,
): Question | undefined {
  // An authorization that we do not understand decides the answer in ways that we do not know.
  if (authorization !== undefined) return undefined;
  if (typeof body !== 'object' || body === null || !('query' in body) || typeof body.query !== 'string')
    return undefined;
  const operationName =
    'operationName' in body && typeof body.operationName === 'string' ? body.operationName : undefined;
  const variables = 'variables' in body ? body.variables : undefined;
  return { supergraph: id, query: body.query, operationName, variables, viewer };
}

async function execute(
  { server }: Generation,
  request: IncomingMessage,
  body: unknown,
  scope: GatewayRequest,
): Promise<Answer> {
  const { method = 'GET', url = '/' } = request;
  if (method !== 'POST' && method !== 'GET')
    throw new Fault('METHOD_NOT_ALLOWED', `GraphQL is asked by POST or GET, not by ${method}`);
  const mark = url.indexOf('?');
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const httpGraphQLRequest = { method, headers, search: mark === -1 ? '' : url.slice(mark), body };
  const answer = await server.executeHTTPGraphQLRequest({ httpGraphQLRequest, context: async () => scope });
  return { status: answer.status ?? 200, headers: withDefaults(answer), body: await textOf(answer) };
}

function withDefaults({ headers }: HTTPGraphQLResponse): [string, string][] {
  const all = [...headers];
  return headers.has('cache-control') ? all : [...all, ['cache-control', 'no-store']];
}

async function textOf({ body }: HTTPGraphQLResponse): Promise<string> {
  if (body.kind === 'complete') return body.string;
  let text = '';
  for await (const chunk of body.asyncIterator) text += chunk;
  return text;
}

/** Browsers and proxies on the way ask again each time (`max-age=0`); a CDN that we purge may keep what is public. */
function toAnswer({ body, maxAgeS, isPrivate }: KeptAnswer): Answer {
  const cacheControl = isPrivate ? 'private, no-store' : `public, max-age=0, s-maxage=${maxAgeS}`;
  return {
    status: 200,
    headers: [
      ['content-type', JSON_TYPE],
      ['cache-control', cacheControl],
    ],
    body,
  };
}

function send(response: ServerResponse, { status, headers, body }: Answer): void {
  for (const [name, value] of headers) response.setHeader(name, value);
  response.writeHead(status, { 'content-length': Buffer.byteLength(body) });
  response.end(body);
}
