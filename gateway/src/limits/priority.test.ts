import { getIntrospectionQuery, parse } from 'graphql';
import { expect, it } from 'vitest';
import { createPriorities } from './priority.ts';

const priorities = createPriorities(['Cart']);

it.each([
  ['mutation { a }', 'mutation', undefined, undefined, 'checkout'],
  ['mutation { a }', 'mutation', undefined, 'u=7', 'checkout'],
  ['query Cart { a }', 'query', 'Cart', undefined, 'checkout'],
  ['query Cart { a }', 'query', 'Cart', 'u=7, i', 'background'],
  ['query Shelf { a }', 'query', 'Shelf', undefined, 'browse'],
  ['query Shelf { a }', 'query', 'Shelf', 'u=0', 'browse'],
  ['{ a }', 'query', undefined, 'i, u=7', 'background'],
  [getIntrospectionQuery(), 'query', 'IntrospectionQuery', undefined, 'background'],
  ['{ __schema { types { name } } }', 'query', undefined, undefined, 'background'],
  ['{ __typename }', 'query', undefined, undefined, 'browse'],
  ['{ __schema { types { name } } a }', 'query', undefined, undefined, 'browse'],
  ['query A { a } query B { __type(name: "C") { name } }', 'query', 'B', undefined, 'background'],
  ['{ ...F } fragment F on Query { a }', 'query', undefined, undefined, 'browse'],
] as const)('%s as a %s called %s of priority %s is %s', (text, type, name, priority, expected) => {
  const headers = priority === undefined ? {} : { priority };
  expect(priorities.of({ type, name, document: parse(text), headers })).toBe(expected);
});

it.each([
  ['{"query":"mutation { a }"}', true],
  ['{"query":"query Cart { a }"}', true],
  ['{"query":"{ a }"}', false],
  ['{"extensions":{"persistedQuery":{"sha256Hash":"…"}}}', true],
])('%s may be checkout: %s', (body, expected) => {
  expect(priorities.mayBeCheckout(Buffer.from(body))).toBe(expected);
});
