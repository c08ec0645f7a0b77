import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { checkLimits } from './operation-limits.ts';

const limits = { maxDepth: 4, maxAliases: 3, maxFields: 8 };
const check = (query: string) => checkLimits(parse(query), limits);
const tooLarge = expect.objectContaining({ code: 'OPERATION_TOO_LARGE' });

it.each([
  ['at the limits', '{ a { b { c { d } } } x: e y: f z: g h }'],
  ['with fragments of no depth of their own', '{ a { ...F } } fragment F on T { b { ... on T { c { d } } } }'],
  ['with fragments that nobody spreads', '{ a } fragment F on T { a { b { c { d { e { f } } } } } }'],
  ['with a fragment within itself, which validation refuses', '{ ...F } fragment F on T { a ...F }'],
  ['with an unknown fragment, which validation refuses', '{ ...Nobody }'],
])('lets operations pass %s', (_, query) => {
  expect(() => check(query)).not.toThrow();
});

it.each([
  ['depth', '{ a { b { c { d { e } } } } }'],
  ['depth through fragments', '{ a { ...F } } fragment F on T { b { c { ...G } } } fragment G on T { d { e } }'],
  ['aliases', '{ a: x b: x c: x d: x }'],
  ['aliases of __typename', '{ a: __typename b: __typename c: __typename d: __typename }'],
  ['fields', '{ a b c d e f g h i }'],
  ['fields through fragments', '{ ...F ...F } fragment F on T { ...G ...G } fragment G on T { a b c }'],
  ['the second operation', 'query A { a } query B { a { b { c { d { e } } } } }'],
])('refuses too much %s', (_, query) => {
  expect(() => check(query)).toThrow(tooLarge);
});

it('measures fragments that grow by powers in no time', () => {
  const fragments = Array.from(
    { length: 200 },
    (_, index) => `fragment F${index} on T { ...F${index + 1} ...F${index + 1} }`,
  );
  const began = performance.now();
  expect(() => check(`{ ...F0 } ${fragments.join(' ')} fragment F200 on T { a }`)).toThrow(tooLarge);
  expect(performance.now() - began).toBeLessThan(500);
});
