import type { GraphQLResponse } from '@apollo/server';
import { faultHead } from '@entrepot/http/respond';
import type { GraphQLError } from 'graphql';
import type { Result } from './answers.ts';

/** An answer of Apollo Server's; `told` are its errors, before they were made fit for clients. */
export function resultOf({ http, body }: GraphQLResponse, told: readonly GraphQLError[]): Result {
  const headers = Object.fromEntries(http.headers);
  if (body.kind === 'incremental') {
    const { initialResult, subsequentResults } = body;
    return {
      isExecuted: true,
      body: '',
      parts: textsOf(initialResult, subsequentResults),
      head: { status: 200, headers },
    };
  }
  const { data, errors, extensions } = body.singleResult;
  const isExecuted = data !== undefined;
  const status = isExecuted || !errors ? http.status : statusOf(http.status, told);
  return { isExecuted, body: JSON.stringify({ data, errors, extensions }), head: { status, headers } };
}

async function* textsOf(first: unknown, rest: AsyncIterable<unknown>): AsyncGenerator<string> {
  yield JSON.stringify(first);
  for await (const later of rest) yield JSON.stringify(later);
}

/** What Apollo Server answers with 400 or 200, and GraphQL over HTTP by the media type. */
const OF_GRAPHQL = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'PERSISTED_QUERY_NOT_FOUND',
]);

/** Of a refusal. Undefined where the media type decides; a status that a plugin has chosen stays. */
function statusOf(status: number | undefined, told: readonly GraphQLError[]): number | undefined {
  const codes = told.map(({ extensions }) => extensions.code);
  if ((status === 400 || status === 200) && codes.every((code) => OF_GRAPHQL.has(String(code)))) return undefined;
  // Apollo Server's word for whatever a plugin refuses without a status.
  if (status !== 500 || told.some(({ extensions }) => extensions.http !== undefined)) return status;
  const [code] = codes;
  if (code === 'UNAUTHENTICATED' || code === 'FORBIDDEN') return faultHead({ code, retryAfterS: undefined }).status;
  return code === undefined || code === 'INTERNAL_SERVER_ERROR' ? status : undefined;
}
