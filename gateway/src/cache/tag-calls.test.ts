import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import { joinCalls } from '../execute/join-calls.ts';
import { createRequestContext } from '../execute/request-context.ts';
import type { AnswerPolicy, SubgraphCall } from '../execute/subgraph-call.ts';
import type { CacheTagTable } from './cache-tag-table.ts';
import { tagCalls } from './tag-calls.ts';

const bySubgraph: CacheTagTable['bySubgraph'] = new Map([
  [
    'goods',
    {
      fields: new Map([
        ['product', [['product-', { path: ['id'] }], ['products']]],
        [
          'found',
          [[{ path: ['where', 'by', 'sku'], fallback: 's0' }, '/', { path: ['where', 'page'], fallback: '1' }]],
        ],
      ]),
      types: new Map([
        [
          'Product',
          [
            ['product-', { path: ['id'] }],
            ['of-', { path: ['brand', 'id'] }],
          ],
        ],
        ['Media', [['media-', { path: ['id'] }]]],
      ]),
    },
  ],
]);
const schema = buildSchema(`
  type Query { product(id: ID): Product found(where: String): Int untagged: Media }
  interface Media { id: ID }
  type Book implements Media { id: ID author: Person }
  type Film implements Media { id: ID }
  type Product { id: ID name: String maker: Person }
  type Person { id: ID }
`);
const PUBLIC = { cacheControl: 'max-age=60' };

function setUp(policy: AnswerPolicy | undefined = PUBLIC) {
  const context = createRequestContext({ viewer: undefined, authorization: undefined }, Date.now() + 1_000);
  const ask = joinCalls(
    async ({ context: { policy: collected } }) => {
      if (policy) collected.add(policy.cacheControl, policy.cacheTags);
      return { data: { _entities: [] }, errors: [], policy };
    },
    tagCalls({ bySubgraph }, schema),
  );
  /** What the answer's policy has come to say, and the tags of the whole. */
  const tagsOf = async (over: Partial<SubgraphCall>) => {
    const call = {
      subgraph: 'goods',
      query:
        'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Product { name } } }',
      operationName: undefined,
      kind: 'query',
      variables: '{}',
      context,
      representations: undefined,
      ...over,
    } as const;
    const answer = await ask({ ...call, id: call.query });
    const verdict = context.policy.verdict(true);
    return { policy: answer.policy, all: 'tags' in verdict ? verdict.tags : [] };
  };
  return { tagsOf };
}
const represent = (...entities: object[]) => entities.map((entity) => JSON.stringify(entity));

describe('a root fetch', () => {
  it.each([
    ['query ($id: ID!) { product(id: $id) { name } }', '{"id":"1"}', ['product-1', 'products']],
    [
      '{ a: product(id: "a") { name } ... on Query @include(if: true) { product(id: 7) { name } } }',
      '{}',
      ['product-a', 'products', 'product-7'],
    ],
    ['query ($id: ID = "d") { product(id: $id) { name } }', '{}', ['product-d', 'products']],
    ['query ($id: ID) { product(id: $id) { name } }', '{"id":null}', ['products']],
    ['query ($sku: ID!) { found(where: {by: {sku: $sku}, page: 2}) }', '{"sku":"s1"}', ['s1/2']],
    ['query ($where: Where) { found(where: $where) }', '{"where":{"by":{"sku":"s2"}}}', ['s2/1']],
    ['{ found }', '{}', ['s0/1']],
    ['{ nothing }', '{}', []],
  ])('has the tags of its fields: %s %s', async (query, variables, tags) => {
    const { policy, all } = await setUp({ ...PUBLIC, cacheTags: [] }).tagsOf({ query, variables });
    expect(policy).toEqual({ ...PUBLIC, cacheTags: tags });
    expect(all).toEqual(tags);
  });

  it.each([
    ['{ product(id: "1") { name maker { id } } }', ['Product:?', 'Person:?', 'product-1', 'products']],
    ['{ untagged { ... on Book { author { id } } } found }', ['Book:?', 'Film:?', 'Person:?', 's0/1']],
    ['{ hidden { product { name } } }', []],
  ])('of a subgraph that tells none has those of all types that may be in it, too: %s', async (query, tags) => {
    const { policy, all } = await setUp().tagsOf({ query });
    expect(policy?.cacheTags).toEqual(tags);
    expect(all).toEqual(tags);
  });

  it('keeps those that its subgraph tells', async () => {
    const { policy, all } = await setUp({ ...PUBLIC, cacheTags: ['Product:1'] }).tagsOf({
      query: '{ product(id: "1") }',
    });
    expect(policy?.cacheTags).toEqual(['Product:1', 'product-1', 'products']);
    expect(all).toEqual(['Product:1', 'product-1', 'products']);
  });
});

describe('entities', () => {
  const representations = represent(
    { __typename: 'Product', id: '1', brand: { id: 'b' } },
    { __typename: 'Product', id: 2 },
    { __typename: 'Media', id: 'm' },
    { __typename: 'Other', id: 'o' },
  );

  it('have the tags of their types, as far as their keys have the values, beside their names', async () => {
    const { policy, all } = await setUp().tagsOf({ representations });
    const tags = [['Product:1', 'product-1', 'of-b'], ['Product:2', 'product-2'], ['Media:m', 'media-m'], ['Other:o']];
    expect(policy).toEqual({ ...PUBLIC, entityCacheTags: tags });
    expect(all).toEqual(tags.flat());
  });

  it('keep what their subgraph tells, of each or of all of them', async () => {
    const each = await setUp({ ...PUBLIC, entityCacheTags: [['A'], [], ['B'], []] }).tagsOf({ representations });
    expect(each.policy?.entityCacheTags).toEqual([['A', 'product-1', 'of-b'], ['product-2'], ['B', 'media-m'], []]);
    const all = await setUp({ ...PUBLIC, cacheTags: ['A'] }).tagsOf({ representations: representations.slice(3) });
    expect(all.policy?.entityCacheTags).toEqual([['A']]);
  });

  it('of a subgraph without such tags have their names, so that the whole answer can be purged by them, too', async () => {
    const { policy, all } = await setUp().tagsOf({
      subgraph: 'people',
      representations: represent({ __typename: 'Person', a: 1, b: 'x' }, { __typename: 'Person', id: '1', b: 'x' }),
    });
    expect(policy?.entityCacheTags).toEqual([['Person:{"a":1,"b":"x"}'], ['Person:1']]);
    expect(all).toEqual(['Person:{"a":1,"b":"x"}', 'Person:1']);
  });

  it('have those of all types that may be within them, beside their names', async () => {
    const query = '{ _entities(representations: []) { ... on Product { maker { id } } } }';
    const { policy } = await setUp().tagsOf({ query, representations: represent({ __typename: 'Product', id: '1' }) });
    expect(policy?.entityCacheTags).toEqual([['Product:1', 'Person:?', 'product-1']]);
  });

  it('have none that no cache could keep or nobody could name', async () => {
    const odd = represent({ __typename: 'Media', id: 'a\nb' }, { __typename: 'Media', id: 'x'.repeat(500) });
    const { policy } = await setUp({ ...PUBLIC, cacheTags: [] }).tagsOf({ representations: odd });
    expect(policy?.entityCacheTags).toEqual([[], []]);
  });
});

it.each([
  ['may not be kept', { cacheControl: 'no-store' }],
  ['says nothing of keeping', { cacheControl: undefined }],
  ['says what nobody can read', { ...PUBLIC, cacheTags: 'x' }],
])('nothing is made of what %s', async (_, policy) => {
  const answer = await setUp(policy).tagsOf({ query: '{ product(id: "1") }' });
  expect(answer).toEqual({ policy, all: [] });
});
