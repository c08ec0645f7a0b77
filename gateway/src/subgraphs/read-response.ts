import { isRecord } from '@entrepot/kernel/is-record';
import { type Logger, loggerOf } from '@entrepot/telemetry/logger';
import type { Span } from '@entrepot/telemetry/trace';
import type { GraphQLFormattedError } from 'graphql';
import type { SubgraphAnswer } from '../execute/subgraph-call.ts';
import type { HttpResponse } from './http1/response-reader.ts';

export type ReadAnswer = SubgraphAnswer & {
  /** What the subgraph says that its data was made of. */
  readonly cacheTags: unknown;
  /** The same for each of the entities that it was asked for. */
  readonly entityCacheTags?: unknown;
};

/** Codes that mean that we, and not the client, sent something wrong: the client can do nothing about them. */
const OURS = new Set([
  'BAD_REQUEST',
  'INTERNAL_SERVER_ERROR',
  'DOWNSTREAM_SERVICE_ERROR',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'NOT_GATEWAY',
]);
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const MAX_ERRORS = 100;
const MAX_PATH = 100;
const MAX_MESSAGE = 2_000;
const NO_ERRORS: readonly GraphQLFormattedError[] = [];
const MISSHAPEN: GraphQLFormattedError = {
  message: 'a part of the answer is not what the schema promises',
  path: [],
  extensions: { code: 'INVALID_SUBGRAPH_RESPONSE' },
};

/**
 * Reads a subgraph's answer; undefined when it is no GraphQL answer at all. Of its errors only what clients may see is left.
 * `entities`: how many were asked for, in an entity fetch.
 */
export function readResponse(
  answer: unknown,
  entities: number | undefined,
  logger: Logger,
  span?: Span,
): ReadAnswer | undefined {
  if (!isRecord(answer)) return undefined;
  const { data, errors, extensions } = answer;
  if (data !== undefined && data !== null && !isRecord(data)) return undefined;
  if (errors !== undefined && errors !== null && !Array.isArray(errors)) return undefined;
  if (data === undefined && !errors) return undefined;
  const clean = (error: unknown) => cleanError(error, logger, span);
  const cleaned = errors ? errors.slice(0, MAX_ERRORS).map(clean) : NO_ERRORS;
  // What they are called for Apollo's router is understood as well.
  const {
    apolloCacheTags,
    apolloEntityCacheTags,
    cacheTags = apolloCacheTags,
    entityCacheTags = apolloEntityCacheTags,
  } = isRecord(extensions) ? extensions : {};
  if (!data) return { data: null, errors: cleaned, cacheTags };
  if (entities === undefined || hasEntities(data, entities))
    return { data, errors: cleaned, cacheTags, entityCacheTags };
  // Whose they are is told by their order only: of too few or too many none can be told.
  loggerOf(logger, span).error('a subgraph answered with other entities than it was asked for');
  return { data: null, errors: [...cleaned, MISSHAPEN], cacheTags };
}

/** An answer without errors, with what its subgraph says of keeping it. */
export const withPolicy = (
  answer: ReadAnswer,
  { cacheControl, isPlain }: Pick<HttpResponse, 'cacheControl'> & Partial<Pick<HttpResponse, 'isPlain'>>,
): SubgraphAnswer => {
  const { data, errors, cacheTags, entityCacheTags } = answer;
  return { data, errors, isPlain, policy: { cacheControl, cacheTags, entityCacheTags } };
};

const hasEntities = (data: Record<string, unknown>, count: number) =>
  Array.isArray(data._entities) && data._entities.length === count;

export function cleanError(error: unknown, logger: Logger, span?: Span): GraphQLFormattedError {
  const { message, path, extensions } = isRecord(error) ? error : {};
  const code = isRecord(extensions) ? extensions.code : undefined;
  const place = Array.isArray(path)
    ? { path: path.slice(0, MAX_PATH).filter((step) => ['string', 'number'].includes(typeof step)) }
    : {};
  if (isForClients(code) && typeof message === 'string')
    return { message: message.slice(0, MAX_MESSAGE), ...place, extensions: { code } };
  loggerOf(logger, span).warn({ error: message, code, path }, 'a subgraph failed');
  return { message: 'something went wrong on our side', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

/** Whether an error with this code was written for clients. */
export const isForClients = (code: unknown): code is string =>
  typeof code === 'string' && CODE.test(code) && !OURS.has(code);
