import { describe, expect, it } from 'vitest';
import { answers } from './beside-stock.ts';
import { compose, startSubgraph, startTestGateway } from './fixture.ts';

const given = (value: unknown) => Object(value);
const byReference = { __resolveReference: (reference: { id: string }) => reference };
/** What is computed of nothing is seen. */
const plus = (value: unknown, more: number) => (typeof value === 'number' ? value + more : -1);

/** `margin` requires `price`, which requires `cost`, which requires `weight`. */
async function startChain() {
  const goods = await startSubgraph(
    'goods',
    `type Query { goods: [Good!]! best: Best }
     type Best { good: Good }
     type Good @key(fields: "id") {
       id: ID! weight: Int! cost: Int @external
       price(off: Int): Int @federation__requires(fields: "cost")
       label: Label @federation__requires(fields: "cost")
     }
     type Label @key(fields: "id") { id: ID! }`,
    {
      Query: { goods: () => ['1', '2'].map((id) => ({ id })), best: () => ({ good: { id: '3' } }) },
      Good: {
        ...byReference,
        weight: ({ id }) => Number(id),
        price: (good, args) => plus(given(good).cost, 100 - (given(args).off ?? 0)),
        label: (good) => ({ id: `l${given(good).cost}` }),
      },
    },
  );
  const costs = await startSubgraph(
    'costs',
    `type Query { costly: Good } type Good @key(fields: "id") {
       id: ID! weight: Int! @external cost: Int @federation__requires(fields: "weight")
     }`,
    { Query: { costly: () => ({ id: '4' }) }, Good: { ...byReference, cost: (good) => plus(given(good).weight, 10) } },
  );
  const labels = await startSubgraph('labels', 'type Label @key(fields: "id") { id: ID! text: String }', {
    Label: { ...byReference, text: ({ id }) => `the ${id}` },
  });
  const margins = await startSubgraph(
    'margins',
    `type Good @key(fields: "id") {
       id: ID! price(off: Int): Int @external label: Label @external
       margin: Int @federation__requires(fields: "price")
       reduced: Int @federation__requires(fields: "price(off: 5)")
       tag: String @federation__requires(fields: "label { text }")
     }
     type Label @key(fields: "id") { id: ID! text: String @external }`,
    {
      Good: {
        ...byReference,
        margin: (good) => plus(given(good).price, 1000),
        reduced: (good) => plus(given(good).price, 1000),
        tag: (good) => `tagged ${given(good).label?.text}`,
      },
    },
  );
  return compose(goods, costs, labels, margins);
}

describe('a required field that requires another one itself', () => {
  it.each([
    ['{ goods { margin } }', { goods: [{ margin: 1111 }, { margin: 1112 }] }],
    [
      '{ goods { weight price margin } }',
      { goods: [1, 2].map((weight) => ({ weight, price: 110 + weight, margin: 1110 + weight })) },
    ],
    [
      '{ best { good { margin reduced tag } } }',
      { best: { good: { margin: 1113, reduced: 1108, tag: 'tagged the l13' } } },
    ],
    [
      '{ goods { tag label { id } } }',
      { goods: [11, 12].map((cost) => ({ tag: `tagged the l${cost}`, label: { id: `l${cost}` } })) },
    ],
  ])('waits for that one where the query begins in its subgraph: %s', async (query, expected) => {
    const { ours, stock } = await answers(await startChain(), query);
    expect(ours).toEqual({ data: expected, errors: 0 });
    expect(stock.data).not.toEqual(expected);
  });

  it('waits below conditions, and is not asked for in vain', async () => {
    const { ask, metric } = await startTestGateway(await startChain());
    const requests = () => metric('subgraph_requests_total');
    const query = 'query ($yes: Boolean!) { goods { weight ... @include(if: $yes) { margin } } }';
    expect((await ask(query, { yes: true })).data).toEqual({
      goods: [1, 2].map((weight) => ({ weight, margin: 1110 + weight })),
    });
    const before = await requests();
    expect((await ask(query, { yes: false })).data).toEqual({ goods: [{ weight: 1 }, { weight: 2 }] });
    expect((await requests()) - before).toBe(1);
  });

  it.each([true, false])('comes also when what requires it is left out by a variable: %s', async (no) => {
    const { ask } = await startTestGateway(await startChain());
    const query = 'query ($no: Boolean!) { goods { price cost @skip(if: $no) margin @skip(if: $no) } }';
    const goods = [1, 2].map((weight) => ({
      price: 110 + weight,
      ...(!no && { cost: 10 + weight, margin: 1110 + weight }),
    }));
    expect(await ask(query, { no })).toMatchObject({ status: 200, data: { goods } });
  });

  it('is planned as ever where the query begins elsewhere', async () => {
    const { ours, stock } = await answers(await startChain(), '{ costly { margin cost } }');
    expect(ours).toEqual({ data: { costly: { margin: 1114, cost: 14 } }, errors: 0 });
    expect(stock).toEqual(ours);
  });
});
