import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { prepareSupergraph } from './prepare-supergraph.ts';

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@shareable", "@external", {name: "@cacheTag", as: "@tagged"}])\n`;

function read(subgraphs: Record<string, string>) {
  const { supergraphSdl, errors } = composeServices(
    Object.entries(subgraphs).map(([name, sdl]) => ({ name, url: `http://${name}`, typeDefs: parse(LINK + sdl) })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return prepareSupergraph(supergraphSdl).cacheTags;
}

describe('tags of a supergraph', () => {
  it('are known by subgraph, field and type, whatever the directive is called', () => {
    const { bySubgraph, problems } = read({
      'the goods': `
        type Query {
          product(id: ID!): Product @tagged(format: "product-{$args.id}") @tagged(format: "a product")
          found(where: Where = {by: {sku: "s0"}}): Product @tagged(format: "{ $args.where.by.sku }/{$args.where.page}")
          both: Int @shareable @tagged(format: "both")
        }
        input Where { by: By! page: Int! = 1 }
        input By { sku: String! }
        type Product @key(fields: "id brand { id }") @tagged(format: "{$key.brand.id}:{$key.id}") { id: ID! brand: Brand! }
        type Brand { id: ID! }`,
      stock: `type Query { both: Int @shareable @tagged(format: "both") mine: Int @tagged(format: "mine") }`,
    });
    expect(problems).toEqual([]);
    expect(bySubgraph).toEqual(
      new Map([
        [
          'the goods',
          {
            fields: new Map([
              ['product', [['product-', { path: ['id'] }], ['a product']]],
              [
                'found',
                [[{ path: ['where', 'by', 'sku'], fallback: 's0' }, '/', { path: ['where', 'page'], fallback: '1' }]],
              ],
              ['both', [['both']]],
            ]),
            types: new Map([['Product', [[{ path: ['brand', 'id'] }, ':', { path: ['id'] }]]]]),
          },
        ],
        [
          'stock',
          {
            fields: new Map([
              ['both', [['both']]],
              ['mine', [['mine']]],
            ]),
            types: new Map(),
          },
        ],
      ]),
    );
  });

  it.each([
    ['product(id: ID!): Int @tagged(format: "p-{$args.sku}")', /Query\.product: \{\$args\.sku\} names no argument/],
    ['product(in: In!): Int @tagged(format: "p-{$args.in.none}")', /\{\$args\.in\.none\} names no part/],
    ['product(in: In!): Int @tagged(format: "p-{$args.in}")', /\{\$args\.in\} is an object/],
    ['product(ids: [ID!]!): Int @tagged(format: "p-{$args.ids}")', /\{\$args\.ids\} is a list/],
    ['product(id: ID!): Int @tagged(format: "p-{$key.id}")', /\{\$key\.id\} is not of the form \{\$args\.name\}/],
    ['product(id: ID!): Int @tagged(format: "p-{id}")', /\{id\} is not of the form/],
    ['product(id: ID!): Int @tagged(format: "p-{$args.id")', /braces do not match/],
    ['product(id: ID!): Int @tagged(format: "p-}{$args.id}")', /braces do not match/],
    ['product(id: ID!): Int @tagged(format: "")', /empty/],
    ['product: Bare', /Bare: \{\$key\.id\} can have no value: 'a' is not asked for this type by a key/],
    ['product: Keyed', /Keyed: \{\$key\.sku\} is not in every key by which 'a' is asked/],
    ['product: Deep', /Deep: \{\$key\.name\} is in no key/],
    ['product: Inner', /Inner\.size: only fields of Query and entity types can have it/],
  ])('that cannot be made are left out and reported: %s', (field, problem) => {
    const types: Record<string, string> = {
      Bare: 'type Bare @tagged(format: "b-{$key.id}") { id: ID! }',
      Keyed: 'type Keyed @key(fields: "id") @key(fields: "sku") @tagged(format: "{$key.sku}") { id: ID! sku: ID! }',
      Deep: 'type Deep @key(fields: "id") @tagged(format: "{$key.name}") { id: ID! name: String }',
      Inner: 'type Inner @key(fields: "id") { id: ID! size: Int @tagged(format: "size") }',
    };
    const own = Object.entries(types).find(([name]) => field.endsWith(name))?.[1] ?? '';
    const { bySubgraph, problems } = read({ a: `type Query { ${field} } input In { id: ID! } ${own}` });
    expect(problems).toEqual([expect.stringMatching(problem)]);
    expect(bySubgraph).toEqual(new Map());
  });
});
