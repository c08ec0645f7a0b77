import { Fault } from '@entrepot/kernel/fault';
import type { Logger } from '@entrepot/telemetry/logger';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';

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

const INTERNAL = 'INTERNAL_SERVER_ERROR';

/**
 * The one place where an error becomes an answer. What subgraphs said has been cleaned where it was received; a client's
 * own mistakes keep message and code; everything else is logged in full and told only as INTERNAL_SERVER_ERROR.
 */
export function createFormatError(logger: Logger) {
  return ({ message, path, locations, extensions }: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const place = pathOf(path);
    const code = extensions?.code;
    const original = error instanceof GraphQLError ? (error.originalError ?? error) : error;
    if (original instanceof Fault) return { message: original.message, ...place, extensions: { code: original.code } };
    // The gateway writes the name of the service into what came from a subgraph.
    if (typeof code === 'string' && extensions?.serviceName !== undefined)
      return { message, ...place, extensions: { code } };
    if (typeof code === 'string' && CLIENT_CODES.has(code))
      return { message, ...place, ...(locations && { locations }), extensions: { code } };
    // What a plugin refuses in its own words is meant for the client.
    if (typeof code === 'string' && code !== INTERNAL && error instanceof GraphQLError && !error.originalError)
      return { message, ...place, ...(extensions && { extensions }) };
    logger.error({ err: original, path }, 'a request failed inside the gateway');
    return { message: 'something went wrong on our side', ...place, extensions: { code: INTERNAL } };
  };
}

/** A fetch that failed for a whole list names it with `@`, which is no place in an answer: its path ends at the list. */
function pathOf(path: GraphQLFormattedError['path']): Pick<GraphQLFormattedError, 'path'> {
  const list = path?.indexOf('@') ?? -1;
  const cut = list === -1 ? path : path?.slice(0, list);
  return cut && cut.length > 0 ? { path: cut } : {};
}
