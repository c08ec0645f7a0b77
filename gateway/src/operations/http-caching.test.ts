import { Cancellation } from '@entrepot/kernel/cancellation';
import { describe, expect, it } from 'vitest';
import { withCaching } from './http-caching.ts';
import type { Incoming } from './http-request.ts';

const answer = {
  status: 200,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  body: Buffer.from('{"data":{"now":1}}'),
};
const incoming = (over: Partial<Incoming> = {}): Incoming => ({
  method: 'GET',
  search: '?query={now}',
  headers: {},
  bytes: Buffer.alloc(0),
  address: undefined,
  signal: () => new Cancellation(),
  ...over,
});
const freshness = { maxAgeMs: 59_900, tags: ['Product:1', 'Product'] };

it('lets others keep what is everybody’s for as long as it is fresh, by what it was made of', () => {
  const { status, headers, body } = withCaching(incoming(), answer, freshness);
  expect(status).toBe(200);
  expect(body).toBe(answer.body);
  expect(headers).toEqual({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'public, max-age=59',
    vary: 'accept, authorization',
    etag: expect.stringMatching(/^"[\w-]{43}"$/),
    'surrogate-key': 'Product:1 Product',
    'cache-tag': 'Product:1,Product',
  });
});

describe('nobody may keep', () => {
  it.each([
    ['what is not everybody’s', incoming(), undefined],
    ['what is about to become stale', incoming(), { maxAgeMs: 999, tags: [] }],
    ['what was asked for by somebody in particular', incoming({ headers: { authorization: 'Bearer x' } }), freshness],
    ['what is made of more than a header can tell', incoming(), { maxAgeMs: 9_000, tags: ['x'.repeat(4_001)] }],
    ['what is made of something that no header can tell', incoming(), { maxAgeMs: 9_000, tags: ['a b'] }],
    ['what could be taken for two tags', incoming(), { maxAgeMs: 9_000, tags: ['a,b'] }],
  ])('%s', (_, asked, fresh) => {
    const { headers } = withCaching(asked, answer, fresh);
    expect(headers['cache-control']).toBe('private, no-store');
    expect(headers.etag).toBeUndefined();
  });

  it('an answer to a POST', () => {
    expect(withCaching(incoming({ method: 'POST' }), answer, freshness)).toBe(answer);
  });
});

describe('a question that was asked before', () => {
  const etag = withCaching(incoming(), answer, freshness).headers.etag ?? '';

  it.each([[etag], [`W/${etag}`], [`"other", ${etag}`], ['*']])('is answered without a body to %s', (known) => {
    const again = withCaching(incoming({ headers: { 'if-none-match': known } }), answer, freshness);
    expect(again.status).toBe(304);
    expect(again.body).toBe('');
    expect(again.headers).toMatchObject({ etag, 'cache-control': 'public, max-age=59' });
  });

  it.each([['"other"'], [etag.slice(0, -1)]])('is answered anew to %s', (known) => {
    expect(withCaching(incoming({ headers: { 'if-none-match': known } }), answer, freshness).status).toBe(200);
  });

  it('has another tag for other bytes, and in another media type', () => {
    const graphql = { ...answer.headers, 'content-type': 'application/graphql-response+json; charset=utf-8' };
    const tags = [
      etag,
      withCaching(incoming(), { ...answer, headers: graphql }, freshness).headers.etag,
      withCaching(incoming(), { ...answer, body: '{"data":{"now":2}}' }, freshness).headers.etag,
    ];
    expect(new Set(tags).size).toBe(3);
    expect(withCaching(incoming(), { ...answer, body: answer.body.toString() }, freshness).headers.etag).toBe(etag);
  });
});
