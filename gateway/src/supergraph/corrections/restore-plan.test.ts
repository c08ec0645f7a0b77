import type { FetchNode, PlanNode } from '@apollo/query-planner';
import { type ArgumentNode, Kind, OperationTypeNode } from 'graphql';
import { expect, it } from 'vitest';
import { type Corrections, restorePlan } from './restore-plan.ts';

const priceIn = (currency: string): { field: string; arguments: ArgumentNode[] } => {
  const value = { kind: Kind.STRING, value: currency } as const;
  return { field: 'price', arguments: [{ kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'in' }, value }] };
};
const corrections: Corrections = {
  graphs: new Map([['ship', 'SHIP']]),
  standIns: new Map([
    ['price__usd', priceIn('USD')],
    ['price__eur', priceIn('EUR')],
  ]),
  needs: new Map([
    ['SHIP Product.usd', [{ path: ['price'], standIn: 'price__usd' }]],
    ['SHIP Product.eur', [{ path: ['price'], standIn: 'price__eur' }]],
  ]),
};

const fields = (...names: string[]) => names.map((name) => ({ kind: 'Field', name }) as const);
const entityFetch = (operation: string, over: Partial<FetchNode> = {}): FetchNode => ({
  kind: 'Fetch',
  serviceName: 'ship',
  operation,
  operationName: undefined,
  operationKind: OperationTypeNode.QUERY,
  requires: [
    {
      kind: 'InlineFragment',
      typeCondition: 'Product',
      selections: fields('__typename', 'id', 'price__usd', 'price__eur'),
    },
  ],
  ...over,
});
const restored = (node: PlanNode) => restorePlan({ kind: 'QueryPlan', node }, corrections).node;
const entities = (selections: string) =>
  `query($representations:[_Any!]!){_entities(representations:$representations){${selections}}}`;

it('puts a field in the place of its stand-in, under whatever name it is asked', () => {
  const node = entityFetch('{product{price__usd x:price__eur{y}}}');
  const { requires: _, ...root } = node;
  expect(restored(root)).toMatchObject({
    operation: '{product{price__usd:price(in:"USD")x:price(in:"EUR"){y}}}',
  });
});

it('leaves a fetch alone that knows of none', () => {
  const { requires: _, ...node } = entityFetch('{product{id}}');
  expect(restored(node)).toEqual(node);
});

it('splits what needs one place of a representation twice, and nothing else', () => {
  const node = entityFetch(entities('...on Product{usd other eur}'), { variableUsages: [] });
  expect(restored({ kind: 'Flatten', path: ['products', '@'], node })).toEqual({
    kind: 'Parallel',
    nodes: [
      expect.objectContaining({
        path: ['products', '@'],
        node: expect.objectContaining({ operation: entities('...on Product{usd other}') }),
      }),
      expect.objectContaining({
        path: ['products', '@'],
        node: expect.objectContaining({ operation: entities('...on Product{eur}') }),
      }),
    ],
  });
});

it('asks for no more of a representation than a part of it needs', () => {
  const plan = restored(entityFetch(entities('...on Product{usd eur}')));
  const requires =
    plan?.kind === 'Parallel' ? plan.nodes.map((node) => (node.kind === 'Fetch' ? node.requires : [])) : [];
  expect(requires.map((selections) => JSON.stringify(selections).match(/price__\w+/g))).toEqual([
    ['price__usd'],
    ['price__eur'],
  ]);
});

it('finds what is asked by fragments', () => {
  const text = `${entities('...F ...on Product@include(if:$a){...G}')}fragment F on Product{usd ...G}fragment G on Product{eur}`;
  const plan = restored(entityFetch(text.replace('query(', 'query($a:Boolean!'), { variableUsages: ['a'] }));
  const parts = plan?.kind === 'Parallel' ? plan.nodes : [];
  expect(parts).toMatchObject([
    { variableUsages: [], operation: entities('...on Product{usd}') },
    {
      variableUsages: ['a'],
      operation: entities('...on Product{...on Product{eur}}...on Product@include(if:$a){...on Product{eur}}').replace(
        'query(',
        'query($a:Boolean!',
      ),
    },
  ]);
});

it('has those that others wait for done last', () => {
  const plan = restored(entityFetch(entities('...on Product{usd eur}'), { id: '7' }));
  expect(plan?.kind).toBe('Sequence');
  expect(plan?.kind === 'Sequence' ? plan.nodes.map((node) => node.kind === 'Fetch' && node.id) : []).toEqual([
    undefined,
    '7',
  ]);
});

it('reaches into every part of a plan', () => {
  const fetch = entityFetch('{product{price__usd}}', { requires: [] });
  const node: PlanNode = {
    kind: 'Defer',
    primary: {
      node: { kind: 'Condition', condition: 'a', ifClause: fetch, elseClause: { kind: 'Sequence', nodes: [fetch] } },
    },
    deferred: [{ depends: [], queryPath: [], node: { kind: 'Parallel', nodes: [fetch] } }],
  };
  const text = JSON.stringify(restored(node));
  expect(text.match(/price__usd:price/g)).toHaveLength(3);
  const subscription = restorePlan(
    { kind: 'QueryPlan', node: { kind: 'Subscription', primary: fetch, rest: fetch } },
    corrections,
  );
  expect(JSON.stringify(subscription).match(/price__usd:price/g)).toHaveLength(2);
});
