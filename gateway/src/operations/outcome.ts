import type { GraphQLFormattedError } from 'graphql';

/** `refused`: only what whoever asked can mend, or is not to have; `error`: something that an operator has to. */
export type RequestOutcome = 'ok' | 'refused' | 'error';

/** Of what somebody who runs this, or a service behind it, has to mend. Every other code was written for clients. */
const FAULTS: ReadonlySet<unknown> = new Set([
  'INTERNAL_SERVER_ERROR',
  'INVALID_SUBGRAPH_RESPONSE',
  'NOT_GATEWAY',
  'OVERLOADED',
  'TIMEOUT',
  'UNAVAILABLE',
]);

export function outcomeOf(errors: readonly Pick<GraphQLFormattedError, 'extensions'>[]): RequestOutcome {
  if (errors.length === 0) return 'ok';
  const isFault = errors.some(({ extensions }) => extensions?.code === undefined || FAULTS.has(extensions.code));
  return isFault ? 'error' : 'refused';
}
