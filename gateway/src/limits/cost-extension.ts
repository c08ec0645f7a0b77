import type { Charged } from './rate-limit.ts';

/** Puts what an operation cost into its answer, which is a JSON object. */
export function withCost(body: string | Buffer, charged: Charged): string | Buffer {
  const cost = JSON.stringify({ cost: charged });
  // Only an answer of Apollo Server's plugins has extensions of its own, and only that is worth parsing.
  if (body.includes('"extensions"')) return merge(body.toString(), charged);
  return typeof body === 'string'
    ? `${body.slice(0, body.lastIndexOf('}'))},"extensions":${cost}}`
    : Buffer.concat([body.subarray(0, body.lastIndexOf('}')), Buffer.from(`,"extensions":${cost}}`)]);
}

function merge(body: string, cost: Charged): string {
  const { extensions, ...answer } = JSON.parse(body);
  return JSON.stringify({ ...answer, extensions: { ...extensions, cost } });
}
