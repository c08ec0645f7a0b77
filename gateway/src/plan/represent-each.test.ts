import { expect, it } from 'vitest';
import type { Tree } from '../execute/tree.ts';
import { keysOf, representEach } from './represent-each.ts';

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
  expect(representEach(found, textOf, { first: 'id', others: ['n'] })).toEqual(byText);
  expect(representEach(found, textOf, { first: 'id', others: undefined })).toEqual(byText);
  expect(representEach(found, textOf, { first: 'n', others: undefined })).toEqual(byText);
  expect(representEach(found, textOf, { first: 'n', others: ['id'] })).toEqual(byText);
  expect(byText.owners.slice(0, 10)).toEqual([0, 1, 0, 2, 3, -1, 4, 4, 5, 5]);
  expect(byText.texts).toHaveLength(26);
});

const byId = { first: 'id', others: [] };

it('one entity alone is represented, or has nothing to be known by', () => {
  expect(representEach([thing('1', 1)], textOf, byId).owners).toEqual([0]);
  expect(representEach([thing(undefined, 1)], textOf, byId).owners).toEqual([-1]);
});

it('goes by keys alone only where they are plain and the same for all types', () => {
  const id = { first: 'id', others: undefined };
  expect(keysOf([on('A', 'n', 'id'), on('B', 'id', 'n')])).toEqual({ first: 'n', others: ['id'] });
  expect(keysOf([on('A', 'n', 'id'), on('B', 'id')])).toEqual(id);
  expect(keysOf([on('A', 'id')], true)).toEqual(id);
  expect(keysOf([on('A'), on('B', 'id')])).toBeUndefined();
  expect(keysOf([on('A', 'constructor')])).toBeUndefined();
  expect(keysOf([field('id')])).toBeUndefined();
  const selections = [field('maker', { selections: [field('id')] })];
  expect(keysOf([Object({ kind: 'InlineFragment', selections })])).toBeUndefined();
  expect(keysOf([Object({ kind: 'InlineFragment', selections: [...selections, field('id')] })])).toEqual(id);
  const aliased = [field('id', { alias: 'x' })];
  expect(keysOf([Object({ kind: 'InlineFragment', selections: aliased })])).toBeUndefined();
});

it('represents once what differs only in what is not sent', () => {
  const found = [thing('1', 1, 'Book'), thing('1', 2, 'Film'), thing('2', 1, 'Book')];
  const asMedia = ({ id }: Tree) => `{"__typename":"Media","id":"${id}"}`;
  expect(representEach(found, asMedia, byId).owners).toEqual([0, 0, 1]);
});
