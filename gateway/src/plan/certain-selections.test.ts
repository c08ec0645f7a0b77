import { parse, print } from 'graphql';
import { expect, it } from 'vitest';
import { askForCertain } from './certain-selections.ts';

const planned = (selections: string) =>
  print(askForCertain(parse(`query ($a: Boolean!) ${selections}`)))
    .replace(/\s+/g, ' ')
    .replace('query ($a: Boolean!) ', '');

it.each([
  ['{ a { b @include(if: $a) } }', '{ a { __typename b @include(if: $a) } }'],
  [
    '{ a { b @skip(if: $a) { c @skip(if: $a) } } }',
    '{ a { __typename b @skip(if: $a) { __typename c @skip(if: $a) } } }',
  ],
  ['{ a { ... on A { b @include(if: $a) } } }', '{ a { __typename ... on A { b @include(if: $a) } } }'],
  [
    '{ a { ...F } } fragment F on A { b @include(if: $a) }',
    '{ a { __typename ...F } } fragment F on A { b @include(if: $a) }',
  ],
])('asks for something certain of an object of which all depends on variables: %s', (given, expected) => {
  expect(planned(given)).toBe(expected);
});

it.each([
  '{ a @include(if: $a) }',
  '{ a { b @include(if: $a) c } }',
  '{ a { ...F } } fragment F on A { b @include(if: $a) c }',
  '{ a { ... @defer { b } } }',
])('adds nothing to anything else: %s', (given) => {
  expect(planned(given)).toBe(given);
});
