import type { Logger } from '@entrepot/telemetry/logger';
import type { GraphQLFormattedError } from 'graphql';

/** Codes that tell of our fault, and so belong into our log. */
const OURS = new Set(['UNAVAILABLE', 'TIMEOUT', 'BAD_GATEWAY']);

/** Leaves of an error what a client may know: message, place and a stable code. */
export function createFormatError(logger: Logger) {
  return ({ message, path, locations, extensions }: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const place = { ...(path && { path }), ...(locations && { locations }) };
    const code = extensions?.code;
    // Subgraphs have hidden already what clients must not see; their code and message are meant to be passed on.
    if (typeof code === 'string' && code !== 'INTERNAL_SERVER_ERROR') {
      if (OURS.has(code)) logger.warn({ err: error, code, path }, 'a subgraph did not answer');
      return { message, ...place, extensions: { code } };
    }
    logger.error({ err: error, path }, 'an operation failed');
    return { message: 'something went wrong on our side', ...place, extensions: { code: 'INTERNAL_SERVER_ERROR' } };
  };
}
