import type { Logger } from '@entrepot/telemetry/logger';
import type { GraphQLFormattedError } from 'graphql';

export type SubgraphAnswer = {
  data: Record<string, unknown> | null | undefined;
  errors: readonly GraphQLFormattedError[];
  cacheTags: unknown;
};

/** Codes that mean that we, and not the client, sent something wrong: the client can do nothing about them. */
const OURS = new Set([
  'INTERNAL_SERVER_ERROR',
  'DOWNSTREAM_SERVICE_ERROR',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'NOT_GATEWAY',
]);
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const MAX_ERRORS = 100;

/** Reads a subgraph's answer; undefined when it is no GraphQL answer at all. Of its errors only what clients may see is left. */
export function readResponse(body: Buffer, logger: Logger): SubgraphAnswer | undefined {
  const answer = parse(body);
  if (!isRecord(answer)) return undefined;
  const { data, errors, extensions } = answer;
  if (data !== undefined && data !== null && !isRecord(data)) return undefined;
  if (errors !== undefined && !Array.isArray(errors)) return undefined;
  if (data === undefined && errors === undefined) return undefined;
  return {
    data,
    errors: (errors ?? []).slice(0, MAX_ERRORS).map((error: unknown) => clean(error, logger)),
    cacheTags: isRecord(extensions) ? extensions.cacheTags : undefined,
  };
}

function clean(error: unknown, logger: Logger): GraphQLFormattedError {
  const { message, path, extensions } = isRecord(error) ? error : {};
  const code = isRecord(extensions) ? extensions.code : undefined;
  const place = Array.isArray(path) ? { path: path.filter((step) => ['string', 'number'].includes(typeof step)) } : {};
  if (typeof code === 'string' && CODE.test(code) && !OURS.has(code) && typeof message === 'string')
    return { message, ...place, extensions: { code } };
  logger.warn({ error: message, code, path }, 'a subgraph failed');
  return { message: 'something went wrong on our side', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
