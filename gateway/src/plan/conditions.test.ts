import { parse, print } from 'graphql';
import { expect, it } from 'vitest';
import { conditionsOf, withConditions } from './conditions.ts';

const document = parse(
  'query ($a: Boolean!, $b: Boolean!, $c: Int) { x(c: $c) @skip(if: $a) y @include(if: $b) z @include(if: $a) }',
);

it('knows the variables that decide what is asked, each once', () => {
  expect(conditionsOf(document)).toEqual(['a', 'b']);
  expect(conditionsOf(parse('{ x @skip(if: true) }'))).toEqual([]);
});

it('puts what variables say in their place, and leaves others', () => {
  const decided = print(withConditions(document, new Map([['a', true]]))).replace(/\s+/g, ' ');
  expect(decided).toContain('{ x(c: $c) @skip(if: true) y @include(if: $b) z @include(if: true) }');
});
