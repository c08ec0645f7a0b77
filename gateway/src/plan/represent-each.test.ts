import { expect, it } from 'vitest';
import type { Tree } from '../execute/tree.ts';
import { plainKeysOf, representEach } from './represent-each.ts';

const field = (name: string, over: object = {}) => Object({ kind: 'Field', name, ...over });
const on = (type: string, ...names: string[]) =>
  Object({
    kind: 'InlineFragment',
    typeCondition: type,
    selections: ['__typename', ...names].map((name) => field(name)),
  });
const textOf = (tree: Tree) => (tree.id === undefined ? undefined : JSON.stringify(tree));
const thing = (id: unknown, n: unknown, type = 'A'): Tree => ({ __typename: type, id, n });

it('represents each distinct entity once, by its keys as by its text', () => {
  const shared = { deep: 1 };
  const found = [
    thing('1', 1),
    thing('1', 2),
    thing('1', 1),
    thing('1', 1, 'B'),
    thing(1, 1),
    thing(undefined, 1),
    thing('2', { deep: 1 }),
    thing('2', { deep: 1 }),
    thing('3', shared),
    thing('3', shared),
    ...Array.from({ length: 40 }, (_, index) => thing('4', index % 20)),
  ];
  const byText = representEach(found, textOf, undefined);
  expect(representEach(found, textOf, ['id', 'n'])).toEqual(byText);
  expect(byText.owners.slice(0, 10)).toEqual([0, 1, 0, 2, 3, -1, 4, 4, 5, 5]);
  expect(byText.texts).toHaveLength(26);
});

it('one entity alone is represented, or has nothing to be known by', () => {
  expect(representEach([thing('1', 1)], textOf, ['id']).owners).toEqual([0]);
  expect(representEach([thing(undefined, 1)], textOf, ['id']).owners).toEqual([-1]);
});

it('goes by keys only where they are plain and the same for all types', () => {
  expect(plainKeysOf([on('A', 'n', 'id'), on('B', 'id', 'n')])).toEqual(['n', 'id']);
  expect(plainKeysOf([on('A', 'n', 'id'), on('B', 'id')])).toBeUndefined();
  expect(plainKeysOf([on('A')])).toBeUndefined();
  expect(plainKeysOf([on('A', 'constructor')])).toBeUndefined();
  expect(plainKeysOf([field('id')])).toBeUndefined();
  const nested = [field('maker', { selections: [field('id')] })];
  expect(plainKeysOf([Object({ kind: 'InlineFragment', selections: nested })])).toBeUndefined();
  const aliased = [field('id', { alias: 'x' })];
  expect(plainKeysOf([Object({ kind: 'InlineFragment', selections: aliased })])).toBeUndefined();
});
