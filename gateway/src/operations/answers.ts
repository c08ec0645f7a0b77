import { errorBody, faultHead } from '@entrepot/http/respond';
import type { Fault } from '@entrepot/kernel/fault';
import type { GraphQLFormattedError } from 'graphql';
import type { Answer } from './http-request.ts';
import type { MediaType } from './media-type.ts';

/** What came of one operation, before it is put into HTTP. */
export type Result = {
  /** False when nothing was executed: GraphQL itself found the request wrong. */
  readonly isExecuted: boolean;
  readonly body: string | Buffer;
  /** What follows the body; see Answer. */
  readonly tail?: string | undefined;
  /** Only of an answer that is everybody's. */
  readonly freshness?: Freshness | undefined;
  /** An answer that comes in parts, as JSON texts; it has no body then. */
  readonly parts?: AsyncIterable<string> | undefined;
  /** What plugins want it to be answered with; without a status it has the one that it has without them. */
  readonly head?: (Pick<Answer, 'headers'> & { readonly status: number | undefined }) | undefined;
  /** Why the gateway refused it. */
  readonly fault?: Fault | undefined;
};

/** How long others may keep an answer, and what it was made of. */
export type Freshness = { readonly maxAgeMs: number; readonly tags: readonly string[] };

/** Made once: most answers have the same headers. */
export const HEADERS: Readonly<Record<MediaType, Readonly<Record<string, string>>>> = {
  'application/json; charset=utf-8': headersOf('application/json; charset=utf-8'),
  'application/graphql-response+json; charset=utf-8': headersOf('application/graphql-response+json; charset=utf-8'),
};

function headersOf(mediaType: MediaType) {
  return { 'content-type': mediaType, 'cache-control': 'no-store' };
}

/** The answer to a request of one operation, with the status that GraphQL over HTTP demands. */
export function answerWith({ isExecuted, body, tail, head: given, fault }: Result, mediaType: MediaType): Answer {
  const headers = HEADERS[mediaType];
  if (fault) {
    const head = faultHead(fault);
    return { status: head.status, headers: { ...headers, ...head.headers }, body };
  }
  const status = isExecuted || mediaType.startsWith('application/json') ? 200 : 400;
  if (given) return { status: given.status ?? status, headers: { ...headers, ...given.headers }, body, tail };
  return { status, headers, body, tail };
}

export function resultOf(fault: Fault): Result {
  return { isExecuted: false, fault, body: JSON.stringify(errorBody(fault)) };
}

/** One result for those of a batch, in their order. */
export function batchOf(results: readonly Result[]): Result {
  const parts = results.flatMap(({ body, tail = '' }, index) => [
    Buffer.from(index === 0 ? '[' : ','),
    Buffer.from(body),
    Buffer.from(tail),
  ]);
  const body = Buffer.concat([...parts, Buffer.from(']')]);
  // What plugins have put beside each of them goes beside all of them; the status is that of none.
  const heads = results.flatMap(({ head }) => (head ? [head.headers] : []));
  if (heads.length === 0) return { isExecuted: true, body };
  return { isExecuted: true, body, head: { status: undefined, headers: Object.assign({}, ...heads) } };
}

/** Nothing was executed, because of these errors. */
export function refusal(errors: readonly GraphQLFormattedError[]): Result {
  return { isExecuted: false, body: JSON.stringify({ errors }) };
}
