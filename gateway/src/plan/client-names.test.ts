import { parse, print, stripIgnoredCharacters } from 'graphql';
import { expect, it } from 'vitest';
import { clientNameOf, setClientNamesApart } from './client-names.ts';

const apart = (query: string) =>
  stripIgnoredCharacters(print(setClientNamesApart(parse(query), new Set(['product', 'price', 'name', 'types']))));

it.each([
  ['that are no field’s', '{a:product{b:name}}'],
  ['that are the field’s own', '{product{price:price(in:"x")}}'],
  ['in the schema', '{name:__schema{name:types{name:kind}}}'],
  ['in fragments on the schema', '{__schema{types{...F}}}fragment F on __Type{price:name}'],
])('leaves names of clients alone %s', (_, query) => {
  expect(apart(query)).toBe(query);
});

it.each([
  ['that are another field’s', '{product{price:name}}', '{product{price__alias:name}}'],
  ['that are a field’s of another type', '{product{product:name}}', '{product{product__alias:name}}'],
  ['for the type’s name', '{product{price:__typename}}', '{product{price__alias:__typename}}'],
  ['in fragments', '{...F}fragment F on P{price:name}', '{...F}fragment F on P{price__alias:name}'],
  ['that look like ours', '{x__alias:product{y__0123abcd:name}}', '{x__alias__alias:product{y__0123abcd__alias:name}}'],
])('does not use names of clients on the way %s', (_, query, planned) => {
  expect(apart(query)).toBe(planned);
});

it('gives each name back', () => {
  expect(['a', 'price__alias', 'x__alias__alias'].map(clientNameOf)).toEqual(['a', 'price', 'x__alias']);
});
