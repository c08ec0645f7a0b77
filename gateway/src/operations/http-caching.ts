import { hash } from 'node:crypto';
import type { Freshness } from './answers.ts';
import type { Answer, Incoming } from './http-request.ts';

/** Header lines that are longer do not pass through every proxy and client. */
const MAX_TAG_LINE = 4_000;
const TAG = /^[!-+\--~]+$/;
const PRIVATE = { 'cache-control': 'private, no-store', vary: 'accept, authorization' };

/**
 * Lets browsers and CDNs keep the answer to a GET that is everybody's, for as long as the gateway would; the tags are what a
 * CDN can be told to purge by. Whoever says who they are is given an answer of their own, because what they may see can differ.
 */
export function withCaching(incoming: Incoming, answer: Answer, freshness: Freshness | undefined): Answer {
  if (incoming.method !== 'GET') return answer;
  // A plugin has said something else, and knows what it has made of the answer.
  if (answer.headers['cache-control'] !== 'no-store')
    return { ...answer, headers: { vary: PRIVATE.vary, ...answer.headers } };
  const tags = freshness && tagsOf(freshness);
  const maxAgeS = Math.floor((freshness?.maxAgeMs ?? 0) / 1000);
  if (tags === undefined || maxAgeS < 1 || incoming.headers.authorization !== undefined)
    return { ...answer, headers: { ...answer.headers, ...PRIVATE } };
  const etag = etagOf(answer);
  const headers = {
    ...answer.headers,
    'cache-control': `public, max-age=${maxAgeS}`,
    vary: 'accept, authorization',
    etag,
    ...(tags.length > 0 && { 'surrogate-key': tags.join(' '), 'cache-tag': tags.join(',') }),
  };
  return isKnown(incoming.headers['if-none-match'], etag) ? { status: 304, headers, body: '' } : { ...answer, headers };
}

/** Undefined when not all of them can be told: nobody could purge such an answer. */
function tagsOf({ tags }: Freshness): readonly string[] | undefined {
  const length = tags.reduce((sum, tag) => sum + tag.length + 1, 0);
  return length <= MAX_TAG_LINE && tags.every((tag) => TAG.test(tag)) ? tags : undefined;
}

/** A kept answer is the same bytes each time it is served. */
const etags = new WeakMap<Buffer, string>();

function etagOf({ body, headers }: Answer): string {
  const known = typeof body === 'string' ? undefined : etags.get(body);
  const digest = known ?? hash('sha256', body, 'base64url');
  if (typeof body !== 'string') etags.set(body, digest);
  // Each media type is a representation of its own.
  return `"${digest}${headers['content-type']?.startsWith('application/json') ? '' : 'g'}"`;
}

/** RFC 9110, 13.1.2: a weak tag, as a proxy that compresses makes of ours, matches too. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  return ifNoneMatch.split(',').some((part) => part.trim().replace(/^W\//, '') === etag || part.trim() === '*');
}
