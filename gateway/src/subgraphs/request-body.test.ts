import { expect, it } from 'vitest';
import { createBodies } from './request-body.ts';

const call = {
  id: '1',
  query: 'query A { a(b: "ü\\n") }',
  operationName: 'A',
  variables: '{}',
  representations: undefined,
};
const representations = ['{"__typename":"A","id":"1"}', '{"__typename":"A","id":"ü"}'];

it.each([
  ['without variables', {}, {}],
  ['with variables', { variables: '{"first":5,"in":{"x":[1]}}' }, { first: 5, in: { x: [1] } }],
  ['with representations', { representations }, { representations: representations.map((one) => JSON.parse(one)) }],
  ['with both', { variables: '{"a":1}', representations: [] }, { a: 1, representations: [] }],
])('is JSON %s', (_, over, variables) => {
  const bodyOf = createBodies();
  for (let time = 0; time < 2; time++)
    expect(JSON.parse(bodyOf({ ...call, ...over }))).toEqual({ query: call.query, operationName: 'A', variables });
});

it('names no operation that has no name', () => {
  expect(JSON.parse(createBodies()({ ...call, operationName: undefined }))).toEqual({
    query: call.query,
    variables: {},
  });
});
