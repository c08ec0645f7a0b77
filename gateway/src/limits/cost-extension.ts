import type { Charged } from './rate-limit.ts';

/** Of answers that are kept, and served again and again: whether they have extensions. Looking through one costs more than serving it. */
const looked = new WeakMap<Buffer, boolean>();

/** Puts what an operation cost into its answer, which is a JSON object. */
export function withCost(body: string | Buffer, charged: Charged): string | Buffer {
  const cost = JSON.stringify({ cost: charged });
  // Only an answer of Apollo Server's plugins has extensions of its own, and only that is worth parsing.
  if (hasExtensions(body)) return merge(body.toString(), charged);
  return typeof body === 'string'
    ? `${body.slice(0, body.lastIndexOf('}'))},"extensions":${cost}}`
    : Buffer.concat([body.subarray(0, body.lastIndexOf('}')), Buffer.from(`,"extensions":${cost}}`)]);
}

function hasExtensions(body: string | Buffer): boolean {
  if (typeof body === 'string') return body.includes('"extensions"');
  const known = looked.get(body) ?? body.includes('"extensions"');
  looked.set(body, known);
  return known;
}

function merge(body: string, cost: Charged): string {
  const { extensions, ...answer } = JSON.parse(body);
  return JSON.stringify({ ...answer, extensions: { ...extensions, cost } });
}
