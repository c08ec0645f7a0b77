import { expect, it } from 'vitest';
import { compileRequires, type Requirement } from './compile-requires.ts';

const field = (name: string, selections?: readonly Requirement[]): Requirement =>
  Object({ kind: 'Field', name, ...(selections && { selections }) });
const on = (typeCondition: string, ...selections: Requirement[]): Requirement =>
  Object({ kind: 'InlineFragment', typeCondition, selections });
const [type, id] = [field('__typename'), field('id')];
const price = field('price', [field('amount'), field('currency')]);
const subtypes = new Map([['Media', new Set(['Book', 'Film'])]]);
const represent = compileRequires([on('Media', type, id, price), on('Book', id, field('constructor'))], subtypes);

const film = { __typename: 'Film', id: '1', price: { amount: 5, currency: 'GBP' } };

it.each([
  [film, '{"__typename":"Film","id":"1","price":{"amount":5,"currency":"GBP"}}'],
  [{ ...film, id: '"', price: null }, '{"__typename":"Film","id":"\\"","price":null}'],
  [
    { ...film, id: 7, price: [film.price, null] },
    '{"__typename":"Film","id":7,"price":[{"amount":5,"currency":"GBP"},null]}',
  ],
  [
    { ...film, __typename: 'Book', price: null, constructor: 1 },
    '{"__typename":"Book","id":"1","price":null,"constructor":1}',
  ],
  // An object of its own has no constructor, whatever it inherits.
  [{ ...film, __typename: 'Book' }, undefined],
  [{ ...film, price: { amount: 5 } }, undefined],
  [{ ...film, price: undefined }, undefined],
  [{ ...film, __typename: 'Advert' }, undefined],
  [{ ...film, __typename: '' }, undefined],
  [{ id: '1', price: null }, undefined],
])('represents %j by what is required of its type', (tree, text) => {
  expect(represent(tree)).toBe(text);
});

it('leaves out what is not there, but never the type, where a part is enough', () => {
  expect(represent({ ...film, price: undefined }, true)).toBe('{"__typename":"Film","id":"1"}');
  expect(compileRequires([type, id], subtypes)({ id: '1' }, true)).toBeUndefined();
});

it('represents by the type alone, in the order that is required, and by nothing where no type is', () => {
  expect(compileRequires([on('Film', type)], subtypes)(film)).toBe('{"__typename":"Film"}');
  expect(compileRequires([on('Film', id, type)], subtypes)(film)).toBe('{"id":"1","__typename":"Film"}');
  expect(compileRequires([type, id], subtypes)({ __typename: 'A"', id: '1' })).toBe('{"__typename":"A\\"","id":"1"}');
  expect(compileRequires([id], subtypes)(film)).toBeUndefined();
});
