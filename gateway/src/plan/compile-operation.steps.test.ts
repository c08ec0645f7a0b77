import { buildSchema, Kind, parse } from 'graphql';
import { expect, it } from 'vitest';
import { createRequestContext } from '../execute/request-context.ts';
import type { SubgraphAnswer, SubgraphCall } from '../execute/subgraph-call.ts';
import { compileOperation } from './compile-operation.ts';
import type { PlanNode } from './plan-nodes.ts';

const schema = buildSchema(
  'type Query { a: [T] b: [T] } type T { id: ID! x: Int y: Int deep: T list: [T!] must: Int! s: String }',
);
const context = createRequestContext({ viewer: undefined, authorization: undefined }, 0);

const root = (serviceName: string): PlanNode =>
  Object({ kind: 'Fetch', serviceName, operation: '{x}', operationKind: 'query' });
const entities = (serviceName: string, path: string[], keys: string[] = ['id']): PlanNode => {
  const selections = ['__typename', ...keys].map((name) => ({ kind: 'Field', name }));
  const requires = [{ kind: 'InlineFragment', typeCondition: 'T', selections }];
  return { kind: 'Flatten', path, node: Object({ ...root(serviceName), requires, operation: '{_entities}' }) };
};
const inTurn = (...nodes: PlanNode[]): PlanNode => ({ kind: 'Sequence', nodes });
const atOnce = (...nodes: PlanNode[]): PlanNode => ({ kind: 'Parallel', nodes });

type Waiting = {
  readonly call: SubgraphCall;
  answer(data: object | null, errors?: SubgraphAnswer['errors'], isPlain?: boolean): void;
};

/** Begins an operation whose fetches the test answers by hand. */
function begin(query: string, node: PlanNode) {
  const document = parse(query);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  const facts = { subtypes: new Map<string, Set<string>>() };
  const asked: Waiting[] = [];
  const ask = (call: SubgraphCall) =>
    new Promise<SubgraphAnswer>((resolve) => {
      asked.push({
        call,
        answer: (data, errors = [], isPlain = false) => resolve({ data: Object(data), errors, isPlain }),
      });
    });
  const prepared = compileOperation({ schema, facts, document, operation, plan: { kind: 'QueryPlan', node } });
  const done = prepared.execute({}, context, ask).then(({ body }) => JSON.parse(body.toString()));
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  const names = async () => {
    await settle();
    return asked.map(({ call: { subgraph, representations } }) => `${subgraph}${representations?.length ?? ''}`);
  };
  return { asked, done, names };
}

const one = (id: string) => ({ __typename: 'T', id });
const twoBranches = atOnce(
  inTurn(root('a'), entities('c', ['a', '@']), entities('d', ['a', '@'])),
  inTurn(root('b'), entities('c', ['b', '@']), entities('d', ['b', '@'])),
);

it('fetches that meet begin in the same moment', async () => {
  const { asked, done, names } = begin('{ a { x y } b { x y } }', twoBranches);
  expect(await names()).toEqual(['a', 'b']);
  asked[0]?.answer({ a: [one('1')] });
  expect(await names()).toEqual(['a', 'b']);
  asked[1]?.answer({ b: [one('2'), one('3')] });
  expect(await names()).toEqual(['a', 'b', 'c1', 'c2']);
  asked[3]?.answer({ _entities: [{ x: 2 }, { x: 3 }] });
  asked[2]?.answer({ _entities: [{ x: 1 }] });
  expect(await names()).toEqual(['a', 'b', 'c1', 'c2', 'd2', 'd1']);
  asked[4]?.answer({ _entities: [{ y: 2 }, { y: 3 }] });
  asked[5]?.answer({ _entities: [{ y: 1 }] });
  expect(await done).toEqual({
    data: {
      a: [{ x: 1, y: 1 }],
      b: [
        { x: 2, y: 2 },
        { x: 3, y: 3 },
      ],
    },
  });
});

it('whoever has nothing to ask holds nobody up', async () => {
  const { asked, done, names } = begin('{ a { x } b { x } }', twoBranches);
  asked[0]?.answer({ a: [one('1')] });
  asked[1]?.answer({ b: [] });
  expect(await names()).toEqual(['a', 'b', 'c1']);
  asked[2]?.answer({ _entities: [{ x: 1 }] });
  expect(await names()).toEqual(['a', 'b', 'c1', 'd1']);
  asked[3]?.answer({ _entities: [{}] });
  expect(await done).toEqual({ data: { a: [{ x: 1 }], b: [] } });
});

it('whoever fails holds nobody up', async () => {
  const { asked, done, names } = begin('{ a { x } b { x } }', twoBranches);
  asked[0]?.answer({ a: [one('1')] });
  asked[1]?.answer(null, [{ message: 'late', extensions: { code: 'TIMEOUT' } }]);
  expect(await names()).toEqual(['a', 'b', 'c1']);
  asked[2]?.answer({ _entities: [{ x: 1 }] });
  await names();
  asked[3]?.answer({ _entities: [{}] });
  expect(await done).toMatchObject({ data: { a: [{ x: 1 }], b: null }, errors: [{ extensions: { code: 'TIMEOUT' } }] });
});

it('a branch that hangs does not hold the other up for long, and goes on alone when it comes', async () => {
  const { asked, done, names } = begin('{ a { x } b { x } }', twoBranches);
  asked[0]?.answer({ a: [one('1')] });
  while ((await names()).length < 3);
  asked[2]?.answer({ _entities: [{ x: 1 }] });
  while ((await names()).length < 4);
  asked[3]?.answer({ _entities: [{}] });
  asked[1]?.answer({ b: [one('2')] });
  expect(await names()).toEqual(['a', 'b', 'c1', 'd1', 'c1']);
  asked[4]?.answer({ _entities: [{ x: 2 }] });
  await names();
  asked[5]?.answer({ _entities: [{}] });
  expect(await done).toEqual({ data: { a: [{ x: 1 }], b: [{ x: 2 }] } });
});

const same = inTurn(root('a'), entities('c', ['a', '@']), entities('d', ['a', '@', 'deep', 'list', '@']));
const within = (list: readonly object[]) => ({ _entities: [{ deep: { list } }] });
const twice = () => ({ a: [one('1'), one('1')] });

it('what equal entities have within them is asked for once, and is in every place', async () => {
  const { asked, done, names } = begin('{ a { deep { list { x y } } } }', same);
  asked[0]?.answer(twice());
  await names();
  asked[1]?.answer(
    within([
      { ...one('5'), x: 5 },
      { ...one('6'), x: 6 },
    ]),
  );
  expect(await names()).toEqual(['a', 'c1', 'd2']);
  asked[2]?.answer({ _entities: [{ y: 50 }, { y: 60 }] });
  const deep = {
    list: [
      { x: 5, y: 50 },
      { x: 6, y: 60 },
    ],
  };
  expect(await done).toEqual({ data: { a: [{ deep }, { deep }] } });
});

it('what is missing within equal entities is told of every place', async () => {
  const { asked, done, names } = begin('{ a { deep { list { x must } } } }', same);
  asked[0]?.answer(twice());
  await names();
  asked[1]?.answer(
    within([
      { ...one('5'), x: 5 },
      { ...one('6'), x: 'six' },
    ]),
  );
  await names();
  const errors = [{ message: 'm', path: ['_entities', 1, 'must'], extensions: { code: 'X' } }];
  asked[2]?.answer({ _entities: [{ must: 5 }, { must: null }] }, errors);
  const { data, errors: told } = await done;
  expect(data).toEqual({ a: [{ deep: { list: null } }, { deep: { list: null } }] });
  expect(told.map(({ path }: { path: unknown[] }) => path.join('.')).sort()).toEqual([
    'a.0.deep.list.1.must',
    'a.0.deep.list.1.x',
    'a.1.deep.list.1.must',
    'a.1.deep.list.1.x',
  ]);
});

it.each([[[true, true]], [[true, false]], [[false, true]]])(
  'strings are escaped unless every subgraph has said that nothing has to be: %j',
  async ([first, second]) => {
    const { asked, done, names } = begin('{ a { id s } b { s } }', atOnce(root('a'), root('b')));
    await names();
    const text = (isPlain: boolean | undefined) => (isPlain ? 'plain' : 'a"b\\\n');
    asked[0]?.answer({ a: [{ ...one('1'), s: text(first) }] }, [], first);
    asked[1]?.answer({ b: [{ s: text(second) }] }, [], second);
    expect(await done).toEqual({ data: { a: [{ id: '1', s: text(first) }], b: [{ s: text(second) }] } });
  },
);
