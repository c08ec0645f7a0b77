import { parse, print } from 'graphql';
import { expect, it } from 'vitest';
import { withoutConstants } from './constant-conditions.ts';

const planned = (text: string) => print(withoutConstants(parse(text))).replace(/\s+/g, ' ');

it.each([
  ['{ a @skip(if: true) b @include(if: false) c }', '{ c }'],
  ['{ a @skip(if: false) b @include(if: true) }', '{ a b }'],
  ['{ a @include(if: true) @skip(if: true) b }', '{ b }'],
  [
    '{ ... @skip(if: true) { a } ...F @include(if: true) } fragment F on Query { a }',
    '{ ...F } fragment F on Query { a }',
  ],
])('decides what literals decide: %s', (given, expected) => {
  expect(planned(given)).toBe(expected);
});

it('leaves variables, and conditions that are none of the two', () => {
  const text = 'query ($a: Boolean!) { a @skip(if: $a) b @include(if: $a) ... @defer(if: false) { c } }';
  expect(planned(text)).toBe(planned(print(parse(text))));
  expect(withoutConstants(parse(text))).toEqual(parse(text));
});

it('decides below a variable', () => {
  const text = 'query ($a: Boolean!) { ... @include(if: $a) { a b @include(if: false) } }';
  expect(planned(text)).toBe('query ($a: Boolean!) { ... @include(if: $a) { a } }');
});

it('goes on asking for an object of which nothing is left', () => {
  expect(planned('{ a { b @skip(if: true) } }')).toBe('{ a { __typename } }');
});

it('leaves nothing of an operation of which nothing is left', () => {
  const [operation] = withoutConstants(parse('{ a @skip(if: true) }')).definitions;
  expect(operation).toMatchObject({ selectionSet: { selections: [] } });
});
