import { buildSchema } from 'graphql';
import { expect, it } from 'vitest';
import { compareSchemas } from './compare.ts';

const schema = (sdl: string) => buildSchema(`type Query { field(input: In): Int } ${sdl}`);

// Composition does not pass @oneOf on, so this one cannot be seeded through subgraphs.
it('tells an input that takes one of its fields only, but not one that takes several again', () => {
  const several = schema('input In { a: Int b: Int }');
  const one = schema('input In @oneOf { a: Int b: Int }');
  expect(compareSchemas(several, one)).toEqual([
    expect.objectContaining({ kind: 'INPUT_BECAME_ONE_OF', coordinate: 'In', hits: ['input In'] }),
  ]);
  expect(compareSchemas(one, several)).toEqual([]);
});

it('tells a root type that is gone', () => {
  const base = schema('input In { a: Int } type Mutation { act: Int }');
  expect(compareSchemas(base, schema('input In { a: Int }'))).toEqual([
    expect.objectContaining({ kind: 'TYPE_REMOVED', coordinate: 'Mutation', severity: 'breaking' }),
  ]);
});

it('tells a scalar that became an object', () => {
  const base = schema('input In { a: Int } scalar Thing type Box { thing: Thing }');
  const next = schema('input In { a: Int } type Thing { id: ID } type Box { thing: Thing }');
  expect(compareSchemas(base, next)).toEqual([
    expect.objectContaining({ kind: 'TYPE_KIND_CHANGED', coordinate: 'Thing' }),
  ]);
});
