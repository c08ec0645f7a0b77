import { unwrapResolverError } from '@apollo/server/errors';
import { Fault } from '@entrepot/kernel/fault';
import type { Logger } from '@entrepot/telemetry/logger';
import type { GraphQLFormattedError } from 'graphql';

/** Codes that GraphQL itself gives to what a client did wrong. */
const CLIENT_CODES = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
]);

/**
 * The one place where an error becomes an answer. Faults and a client's own mistakes keep message and code; everything
 * else is logged in full, with its trace id, and told only as INTERNAL_SERVER_ERROR.
 */
export function createFormatError(logger: Logger) {
  return ({ message, path, locations, extensions }: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const place = { ...(path && { path }), ...(locations && { locations }) };
    const original = unwrapResolverError(error);
    if (original instanceof Fault) return { message: original.message, ...place, extensions: { code: original.code } };
    const code = extensions?.code;
    if (typeof code === 'string' && CLIENT_CODES.has(code)) return { message, ...place, extensions: { code } };
    logger.error({ err: original, path }, 'a resolver failed');
    return { message: 'something went wrong on our side', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}
