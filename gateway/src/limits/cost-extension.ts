import type { Charged } from './rate-limit.ts';

/** A body, and what is to be written after it. */
type WithTail = { readonly body: string | Buffer; readonly tail: string };

/**
 * Puts what an operation cost behind its answer, a JSON object without extensions of its own. The bytes of a kept answer are
 * served to many, and are not copied for that.
 */
export function withCost(body: string | Buffer, charged: Charged): WithTail {
  const end = body.lastIndexOf('}');
  const { requested, limit, remaining, resetSeconds } = charged;
  return {
    body: typeof body === 'string' ? body.slice(0, end) : body.subarray(0, end),
    tail: `,"extensions":{"cost":{"requested":${requested},"limit":${limit},"remaining":${remaining},"resetSeconds":${resetSeconds}}}}`,
  };
}
