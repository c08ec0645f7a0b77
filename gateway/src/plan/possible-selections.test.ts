import { buildSchema, parse, print, validate } from 'graphql';
import { expect, it } from 'vitest';
import { withoutImpossible } from './possible-selections.ts';

const schema = buildSchema(`
  type Query { named: [Named] book: Book }
  interface Node { id: ID }
  interface Named { name: String }
  type Book implements Named { name: String pages: Int author: Named }
  type User implements Node & Named { id: ID name: String }`);

it.each([
  '{ named { name ... on Book { pages } ... on Node { id ... on User { name } } } }',
  '{ named { ...F } book { author { ...F } } } fragment F on Node { id ... on Named { name } }',
])('leaves %s as it is', (text) => {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  expect(withoutImpossible(document, schema)).toBe(document);
});

it.each([
  [
    '{ named { name ... on Node { id ... on Named { ... on Book { pages } } } } }',
    '{ named { name ... on Node { id } } }',
  ],
  ['{ named { ... on Node { ... on Named { ... on Book { pages } } } } }', '{ named { __typename } }'],
  [
    '{ named { ...F ... on Node @include(if: true) { ...F } } } fragment F on Named { name ...G } fragment G on Book { pages }',
    '{ named { ...F ... on Node @include(if: true) { ... on Named { name } } } } fragment F on Named { name ...G } fragment G on Book { pages }',
  ],
  [
    '{ book { author { ... on Node { ... on Named { ... on Book { pages } name } } } } }',
    '{ book { author { ... on Node { ... on Named { name } } } } }',
  ],
])('makes of %s %s', (text, left) => {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  expect(print(withoutImpossible(document, schema))).toBe(print(parse(left)));
});
