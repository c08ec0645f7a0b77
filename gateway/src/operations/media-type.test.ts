import { expect, it } from 'vitest';
import { mediaTypeFor, partsFor } from './media-type.ts';

const json = 'application/json; charset=utf-8';
const graphql = 'application/graphql-response+json; charset=utf-8';

it.each([
  [undefined, json],
  ['*/*', json],
  ['', json],
  [' , ', json],
  ['application/json', json],
  ['application/graphql-response+json', graphql],
  ['application/graphql-response+json, application/json;q=0.9', graphql],
  ['application/graphql-response+json; charset=utf-8, application/json; charset=utf-8', graphql],
  ['application/json, application/graphql-response+json', json],
  ['application/json;q=0.5, application/*', graphql],
  ['text/html', undefined],
  ['multipart/mixed', undefined],
  ['multipart/mixed;deferSpec=20220824', json],
  ['application/json;q=0', undefined],
  ['text/html, */*;q=0.1', json],
])('Accept: %s → %s', (accept, type) => {
  expect(mediaTypeFor(accept)).toBe(type);
});

it.each([
  [undefined, undefined],
  ['application/json', undefined],
  ['multipart/mixed, application/json', undefined],
  ['multipart/mixed;deferSpec=20220824, application/json', '20220824'],
  ['multipart/mixed; deferSpec="20220824"', '20220824'],
  ['application/json, multipart/mixed; incrementalSpec=v0.2', 'v0.2'],
  ['multipart/mixed; incrementalSpec=v0.3', undefined],
  ['multipart/mixed;incrementalSpec=v0.2;q=0', undefined],
  ['multipart/mixed;incrementalSpec=v0.2, multipart/mixed;deferSpec=20220824', 'v0.2'],
  ['multipart/mixed;deferSpec=20220824;q=0.5, multipart/mixed;incrementalSpec=v0.2', 'v0.2'],
  ['application/json;deferSpec=20220824', undefined],
])('Accept: %s → parts as %s', (accept, spec) => {
  expect(partsFor(accept)).toBe(spec);
});
