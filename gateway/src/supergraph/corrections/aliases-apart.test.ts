import { parse, print, stripIgnoredCharacters } from 'graphql';
import { expect, it } from 'vitest';
import { clientNameOf, setAliasesApart } from './aliases-apart.ts';

const aliases = setAliasesApart('type Query { product: Product } type Product { name: String price(in: String): Int }');
const apart = (query: string) => stripIgnoredCharacters(print(aliases.apart(parse(query))));

it.each([
  ['that are no field’s', '{a:product{b:name}}', '{a:product{b:name}}'],
  ['that are the field’s own', '{product{price:price(in:"x")}}', '{product{price:price(in:"x")}}'],
])('leaves names of clients alone %s', (_, query, planned) => {
  expect(apart(query)).toBe(planned);
});

it.each([
  ['that are another field’s', '{product{price:name}}', '{product{price__alias:name}}'],
  ['that are a field’s of another type', '{product{product:name}}', '{product{product__alias:name}}'],
  [
    'in fragments',
    '{product{...F}}fragment F on Product{price:name}',
    '{product{...F}}fragment F on Product{price__alias:name}',
  ],
  ['that look like ours', '{x__alias:product{y__0123abcd:name}}', '{x__alias__alias:product{y__0123abcd__alias:name}}'],
])('does not use names of clients on the way %s', (_, query, planned) => {
  expect(apart(query)).toBe(planned);
});

it('gives each name back', () => {
  expect(['a', 'price__alias', 'x__alias__alias'].map(clientNameOf)).toEqual(['a', 'price', 'x__alias']);
});
