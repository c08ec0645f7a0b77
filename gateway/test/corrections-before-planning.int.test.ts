import { describe, expect, it } from 'vitest';
import { answers } from './beside-stock.ts';
import { compose, startSubgraph, startTestGateway } from './fixture.ts';

describe('a fragment on another interface, below what a subgraph knows as an @interfaceObject', () => {
  const item = ({ id }: { id: string }) => ({
    __typename: id === 'b' ? 'Book' : id === 's' ? 'Shop' : 'Tag',
    id,
    name: `the ${id}`,
  });
  const start = async () => {
    const home = await startSubgraph(
      'home',
      `type Query { node: Node } interface Node @key(fields: "id") { id: ID! }
       interface Named { id: ID! name: String }
       type Book implements Node & Named @key(fields: "id") { id: ID! name: String }
       type Shop implements Node & Named @key(fields: "id") { id: ID! name: String }
       type Tag implements Node @key(fields: "id") { id: ID! }`,
      {
        Node: { __resolveReference: item },
        Book: { __resolveReference: item },
        Shop: { __resolveReference: item },
        Tag: { __resolveReference: item },
      },
    );
    const ranks = await startSubgraph(
      'ranks',
      'type Query { ranked: [Node!] } type Node @key(fields: "id") @federation__interfaceObject { id: ID! rank: Int }',
      {
        Query: { ranked: () => ['b', 's', 't'].map((id) => ({ id })) },
        Node: { __resolveReference: (reference) => reference, rank: ({ id }) => id.length },
      },
    );
    return compose(home, ranks);
  };

  it.each([
    '{ ranked { ... on Named { name } } }',
    '{ ranked { ...F } } fragment F on Named { name }',
    '{ ranked { ...G } } fragment G on Node { ... on Named { ...F } } fragment F on Named { name }',
  ])('is planned: %s', async (query) => {
    const { ours, stock } = await answers(await start(), query);
    expect(ours).toEqual({ data: { ranked: [{ name: 'the b' }, { name: 'the s' }, {}] }, errors: 0 });
    expect(stock.errors).toBeGreaterThan(0);
  });

  it('is planned below conditions and beside fields of the other subgraph', async () => {
    const { ask } = await startTestGateway(await start());
    const query =
      'query ($yes: Boolean!) { ranked { rank ... on Named @include(if: $yes) { name ... on Node { rank } } } }';
    expect((await ask(query, { yes: true })).data).toEqual({
      ranked: [{ rank: 1, name: 'the b' }, { rank: 1, name: 'the s' }, { rank: 1 }],
    });
    expect((await ask(query, { yes: false })).data).toEqual({ ranked: [{ rank: 1 }, { rank: 1 }, { rank: 1 }] });
  });
});

it('an object is there although all that is asked of it is left out by variables', async () => {
  const goods = await startSubgraph('goods', 'type Query { goods: [Good!] } type Good { name: String }', {
    Query: { goods: () => [{ name: 'one' }] },
  });
  const query =
    'query ($yes: Boolean = true, $no: Boolean = false) { goods @include(if: $yes) { name @include(if: $no) } }';
  const { ours, stock } = await answers(compose(goods), query);
  expect(ours).toEqual({ data: { goods: [{}] }, errors: 0 });
  expect(stock.data).not.toEqual(ours.data);
});
