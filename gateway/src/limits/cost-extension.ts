import type { Charged } from './rate-limit.ts';

/** A body, and what is to be written after it. */
export type WithTail = { readonly body: string | Buffer; readonly tail?: string };

/** Kept answers without their last brace, and undefined for those with extensions: they are served again and again. */
const opened = new WeakMap<Buffer, { readonly open: Buffer | undefined }>();

/** Puts what an operation cost into its answer, which is a JSON object. The bytes of a kept answer are not copied for that. */
export function withCost(body: string | Buffer, charged: Charged): WithTail {
  const open = typeof body === 'string' ? openText(body) : openBytes(body);
  if (open === undefined) return { body: merge(body.toString(), charged) };
  const tail = `,"extensions":{"cost":${JSON.stringify(charged)}}}`;
  return typeof open === 'string' ? { body: open + tail } : { body: open, tail };
}

// Only an answer of Apollo Server's plugins has extensions of its own, and only that is worth parsing.
const openText = (body: string): string | undefined =>
  body.includes('"extensions"') ? undefined : body.slice(0, body.lastIndexOf('}'));

function openBytes(body: Buffer): Buffer | undefined {
  const known = opened.get(body);
  if (known) return known.open;
  const open = body.includes('"extensions"') ? undefined : body.subarray(0, body.lastIndexOf('}'));
  opened.set(body, { open });
  return open;
}

function merge(body: string, cost: Charged): string {
  const { extensions, ...answer } = JSON.parse(body);
  return JSON.stringify({ ...answer, extensions: { ...extensions, cost } });
}
