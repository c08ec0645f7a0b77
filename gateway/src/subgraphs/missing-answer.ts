import type { GraphQLFormattedError } from 'graphql';
import type { SubgraphAnswer } from '../execute/subgraph-call.ts';
import type { NoResponseReason } from './no-response.ts';

const TIMEOUT = answer('TIMEOUT', 'a part of the answer did not come in time');
const UNAVAILABLE = answer('UNAVAILABLE', 'a part of the answer is not available now; try again');

/** What is answered in the place of a subgraph that did not answer. */
export const missingAnswer = (reason: NoResponseReason): SubgraphAnswer =>
  reason === 'timeout' ? TIMEOUT : UNAVAILABLE;

function answer(code: string, message: string): SubgraphAnswer {
  // An empty path becomes that of the fetch.
  const error: GraphQLFormattedError = { message, path: [], extensions: { code } };
  return { data: null, errors: [error] };
}
