import { buildSubgraphSchema } from '@apollo/subgraph';
import { graphql, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createCacheTags } from './cache-tags.ts';
import { tagEntities } from './tag-entities.ts';

const typeDefs = parse(`
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
  type Query { product(id: ID, slug: String): Product products: [Product]! pet: Pet note: Note }
  type Product @key(fields: "id") { id: ID! reviews: [Review!]! }
  type Review @key(fields: "id") { id: ID! }
  union Pet = Cat | Dog
  type Cat @key(fields: "id") { id: ID! }
  type Dog @key(fields: "id") { id: ID! }
  type Note { id: ID! }
`);
type Found = { id?: string } | null;

async function tagsOf(
  query: string,
  rootValue: object,
  reference: (id: string) => Found | Promise<Found> = () => null,
) {
  const resolvers = { Product: { __resolveReference: ({ id }: { id: string }) => reference(id) } };
  const schema = buildSubgraphSchema([{ typeDefs, resolvers }]);
  tagEntities(schema);
  const cacheTags = createCacheTags();
  const { data, errors } = await graphql({ schema, source: query, rootValue, contextValue: { cacheTags } });
  return { data, errors, tags: cacheTags.all(), each: cacheTags.ofEntities(2) };
}

const product = { id: 'prod_1', reviews: [{ id: 'rev_1' }, Promise.resolve({ id: 'rev_2' })] };

describe('an answer is tagged with', () => {
  it('every entity in it, each once', async () => {
    const { tags } = await tagsOf('{ product(id: "prod_1") { reviews { id } } again: product(id: "prod_1") { id } }', {
      product: async () => product,
    });
    expect(tags).toEqual(['Product:prod_1', 'Review:rev_1', 'Review:rev_2']);
  });

  it('no object that is no entity', async () => {
    expect((await tagsOf('{ note { id } }', { note: { id: 'n1' } })).tags).toEqual([]);
  });

  it('the id of what was not found by it', async () => {
    expect((await tagsOf('{ product(id: "prod_9") { id } }', { product: async () => null })).tags).toEqual([
      'Product:prod_9',
    ]);
  });

  it('the type that an object says it is', async () => {
    const { data, tags } = await tagsOf('{ pet { ... on Dog { id } } }', { pet: { __typename: 'Dog', id: 'd1' } });
    expect(data).toEqual({ pet: { id: 'd1' } });
    expect(tags).toEqual(['Dog:d1']);
  });

  it('every entity that the gateway asked for, found or not', async () => {
    const query = `{ _entities(representations: [
      { __typename: "Product", id: "prod_1" }, { __typename: "Product", id: "prod_9" }
    ]) { ... on Product { id } } }`;
    const { data, tags } = await tagsOf(query, {}, async (id) => (id === 'prod_1' ? product : null));
    expect(data).toEqual({ _entities: [{ id: 'prod_1' }, null] });
    expect(tags?.toSorted()).toEqual(['Product:prod_1', 'Product:prod_9']);
  });

  it('what belongs to each entity that was asked for, and what belongs to all', async () => {
    const query = `{ _entities(representations: [
      { __typename: "Product", id: "prod_1" }, { __typename: "Product", id: "prod_2" }
    ]) { ... on Product { reviews { id } } } product(id: "prod_3") { id } }`;
    const reviews = (id: string) => ({ id, reviews: async () => [{ id: `rev_of_${id}` }] });
    const { each } = await tagsOf(query, { product: { id: 'prod_3' } }, async (id) => reviews(id));
    expect(each.map((tags) => tags.toSorted())).toEqual([
      ['Product:prod_1', 'Product:prod_3', 'Review:rev_of_prod_1'],
      ['Product:prod_2', 'Product:prod_3', 'Review:rev_of_prod_2'],
    ]);
  });
});

describe('an answer cannot be kept when', () => {
  it.each([
    ['something was not found by another key than its id', '{ product(slug: "s") { id } }', { product: null }],
    ['something is missing in a list', '{ products { id } }', { products: async () => [product, null] }],
    ['an entity does not tell its id', '{ product(id: "prod_1") { __typename } }', { product: {} }],
  ])('%s', async (_, query, root) => {
    const { errors, tags } = await tagsOf(query, root);
    expect(errors).toBeUndefined();
    expect(tags).toBeUndefined();
  });
});

it('one entity that fails does not fail the others', async () => {
  const query = `{ _entities(representations: [
    { __typename: "Product", id: "prod_1" }, { __typename: "Product", id: "prod_2" }
  ]) { ... on Product { id } } }`;
  const { data, errors } = await tagsOf(query, {}, async (id) => {
    if (id === 'prod_2') throw new Error('broken');
    return product;
  });
  expect(data).toEqual({ _entities: [{ id: 'prod_1' }, null] });
  expect(errors).toHaveLength(1);
});
