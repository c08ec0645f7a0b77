import { expect, it } from 'vitest';
import { mediaTypeFor } from './media-type.ts';

const json = 'application/json; charset=utf-8';
const graphql = 'application/graphql-response+json; charset=utf-8';

it.each([
  [undefined, json],
  ['*/*', json],
  ['application/json', json],
  ['application/graphql-response+json', graphql],
  ['application/graphql-response+json, application/json;q=0.9', graphql],
  ['application/graphql-response+json; charset=utf-8, application/json; charset=utf-8', graphql],
  ['application/json, application/graphql-response+json', json],
  ['application/json;q=0.5, application/*', graphql],
  ['text/html', undefined],
  ['application/json;q=0', undefined],
  ['text/html, */*;q=0.1', json],
])('Accept: %s → %s', (accept, type) => {
  expect(mediaTypeFor(accept)).toBe(type);
});
