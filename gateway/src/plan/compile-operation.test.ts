import { buildSchema, Kind, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { createRequestContext } from '../execute/request-context.ts';
import type { SubgraphAnswer, SubgraphCall } from '../execute/subgraph-call.ts';
import { compileOperation } from './compile-operation.ts';
import type { PlanNode } from './plan-nodes.ts';

const schema = buildSchema(`
  type Query { thing: Thing must: Thing! things: [Thing!] any: Any kind: Kind }
  type Thing implements Any { id: ID! n: Int f: Float s: String b: Boolean kind: Kind free: Free must: Int!
    numbers: [Int!] rows: [[Int!]] self: Thing }
  type Other implements Any { id: ID! o: Int }
  interface Any { id: ID! }
  enum Kind { ONE TWO }
  scalar Free
`);
const fetchNode = (over: object = {}): PlanNode =>
  Object({ kind: 'Fetch', serviceName: 's', operation: '{x}', operationKind: 'query', ...over });
const entities = (fields: readonly string[], over: object = {}) => {
  const selections = ['__typename', ...fields].map((name) => ({ kind: 'Field', name }));
  const requires = [{ kind: 'InlineFragment', typeCondition: 'Thing', selections }];
  return fetchNode({ requires, operation: 'query($representations:[_Any!]!){_entities}', ...over });
};
const at = (path: readonly string[], node: PlanNode): PlanNode => ({ kind: 'Flatten', path: [...path], node });
const inTurn = (...nodes: PlanNode[]): PlanNode => ({ kind: 'Sequence', nodes });
const context = createRequestContext({ viewer: undefined, authorization: undefined }, 0);

/** Executes a query by a plan, where each fetch gets the next of the answers. */
async function execute(query: string, node: PlanNode | undefined, ...answers: (Partial<SubgraphAnswer> | string)[]) {
  const document = parse(query);
  const [operation] = document.definitions;
  if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation');
  const facts = { subtypes: new Map([['Any', new Set(['Thing', 'Other'])]]) };
  const plan = { kind: 'QueryPlan', ...(node && { node }) } as const;
  const calls: SubgraphCall[] = [];
  const { body: bytes } = await compileOperation({ schema, facts, document, operation, plan }).execute(
    {},
    context,
    async (call) => {
      const answer = answers[calls.push(call) - 1] ?? {};
      return { data: null, errors: [], ...(typeof answer === 'string' ? { data: JSON.parse(answer) } : answer) };
    },
  );
  const body = bytes.toString();
  const { data, errors = [] }: { data: unknown; errors?: { path?: unknown; extensions: { code: string } }[] } =
    JSON.parse(body);
  return {
    body,
    data,
    calls,
    errors,
    paths: errors.map(({ path }) => path),
    codes: errors.map((one) => one.extensions.code),
  };
}

describe('what a subgraph sends', () => {
  it.each([
    [
      '{ thing { n f s b kind free } }',
      '{"n":-2147483648,"f":1e+21,"s":"\\u2028 \\"","b":false,"kind":"TWO","free":{"a":[null]}}',
    ],
    ['{ thing { id n s } }', '{"id":"","n":null,"s":""}'],
    ['{ thing { numbers rows } }', '{"numbers":[],"rows":[[1],null,[]]}'],
    ['{ thing { s constructor: s } }', '{"s":"a","constructor":"b"}'],
    ['{ thing { toString: s hasOwnProperty: n } }', '{"toString":"a","hasOwnProperty":1}'],
    ['{ thing { __proto__: s } }', '{"__proto__":"own"}'],
  ])('is answered as it is: %s', async (query, thing) => {
    const { body } = await execute(query, fetchNode(), `{"thing":${thing}}`);
    expect(body).toBe(JSON.stringify(JSON.parse(`{"data":{"thing":${thing}}}`)));
  });

  it('is answered in the order of the question, without what was not asked', async () => {
    const query = '{ thing { s ...F id } } fragment F on Thing { self { s } n self { n } s }';
    const { body } = await execute(
      query,
      fetchNode(),
      '{"thing":{"id":"1","n":1,"x":0,"self":{"n":2,"s":"t"},"s":"u"}}',
    );
    expect(body).toBe('{"data":{"thing":{"s":"u","self":{"s":"t","n":2},"n":1,"id":"1"}}}');
  });

  it('as a number for an ID is text', async () => {
    expect((await execute('{ thing { id } }', fetchNode(), '{"thing":{"id":7}}')).data).toEqual({ thing: { id: '7' } });
  });

  it.each([
    ['n', '"1"'],
    ['n', '1.5'],
    ['n', '2147483648'],
    ['n', '{}'],
    ['f', '"1"'],
    ['s', '1'],
    ['s', '{"not":"text"}'],
    ['b', '"true"'],
    ['b', '0'],
    ['kind', '"THREE"'],
    ['kind', '1'],
    ['numbers', '5'],
    ['numbers', '{"0":1}'],
    ['self { s }', '"text"'],
    ['self { s }', '[{"s":"in a list"}]'],
  ])('of a wrong type is null with an error that tells where: %s is %s', async (selection, value) => {
    const name = selection.split(' ')[0] ?? '';
    const answered = await execute(`{ thing { ${selection} } }`, fetchNode(), `{"thing":{"${name}":${value}}}`);
    expect(answered.data).toEqual({ thing: { [name]: null } });
    expect([answered.codes, answered.paths]).toEqual([['INVALID_SUBGRAPH_RESPONSE'], [['thing', name]]]);
  });

  it.each([
    ['a null', '{"thing":{"self":{"must":null}}}', { thing: { self: null } }, ['thing', 'self', 'must']],
    ['a wrong type', '{"thing":{"self":{"must":"1"}}}', { thing: { self: null } }, ['thing', 'self', 'must']],
    ['nothing', '{"thing":{"self":{}}}', { thing: { self: null } }, ['thing', 'self', 'must']],
  ])('where nothing may be missing takes what is around it along: %s', async (_, data, expected, path) => {
    const answered = await execute('{ thing { self { must } } }', fetchNode(), data);
    expect([answered.data, answered.paths]).toEqual([expected, [path]]);
  });

  it('takes lists along as far as their types say, up to the whole answer', async () => {
    const list = await execute('{ things { must } }', fetchNode(), '{"things":[{"must":1},{"must":null}]}');
    expect([list.data, list.paths]).toEqual([{ things: null }, [['things', 1, 'must']]]);
    const rows = await execute('{ thing { rows } }', fetchNode(), '{"thing":{"rows":[[1],[2,"3"]]}}');
    expect([rows.data, rows.paths]).toEqual([{ thing: { rows: [[1], null] } }, [['thing', 'rows', 1, 1]]]);
    const whole = await execute('{ must { must } }', fetchNode(), '{"must":{"must":null}}');
    expect(whole.body).toMatch(/^\{"data":null,"errors":\[/);
  });

  it('not at all is an error, and no null in silence', async () => {
    const answered = await execute('{ thing { s } any { id } }', fetchNode(), '{"thing":{}}');
    expect(answered.data).toEqual({ thing: { s: null }, any: null });
    expect(answered.paths).toEqual([['thing', 's'], ['any']]);
    const unplanned = await execute('{ any { id } }', undefined);
    expect([unplanned.data, unplanned.paths]).toEqual([{ any: null }, [['any']]]);
  });

  it.each(['"Hidden"', '5', 'null', '"Kind"', '"Query"'])(
    'of the type %s, where only others can be, is null with an error',
    async (type) => {
      const answered = await execute('{ any { id } }', fetchNode(), `{"any":{"__typename":${type},"id":"1"}}`);
      expect([answered.data, answered.paths]).toEqual([{ any: null }, [['any']]]);
      expect(answered.body).not.toContain('Hidden');
    },
  );

  it('decides by its type which fragments hold', async () => {
    const query = '{ any { __typename ... on Thing { n } ... on Other { o } ... on Any { id } } }';
    const { body } = await execute(query, fetchNode(), '{"any":{"__typename":"Other","id":"1","n":1,"o":2}}');
    expect(body).toBe('{"data":{"any":{"__typename":"Other","o":2,"id":"1"}}}');
  });
});

describe('entities', () => {
  const things =
    '{"things":[{"__typename":"Thing","id":"1"},{"__typename":"Thing","id":"2"},{"__typename":"Thing","id":"1"}]}';
  const plan = inTurn(fetchNode(), at(['things', '@'], entities(['id'])));
  const query = '{ things { id s } }';

  it('are asked for once, and put in every place', async () => {
    const { data, calls } = await execute(query, plan, things, '{"_entities":[{"s":"a"},{"s":"b"}]}');
    expect(calls[1]?.representations).toEqual(['{"__typename":"Thing","id":"1"}', '{"__typename":"Thing","id":"2"}']);
    expect(data).toEqual({
      things: [
        { id: '1', s: 'a' },
        { id: '2', s: 'b' },
        { id: '1', s: 'a' },
      ],
    });
  });

  it('have their errors in every place, and none beside them', async () => {
    const errors = [{ message: 'm', path: ['_entities', 0, 's'], extensions: { code: 'X' } }];
    const answered = await execute(query, plan, things, { data: { _entities: [{ s: null }, { s: 'b' }] }, errors });
    expect(answered.paths).toEqual([
      ['things', 0, 's'],
      ['things', 2, 's'],
    ]);
    expect(answered.codes).toEqual(['X', 'X']);
  });

  it('that nobody knows are null without an error, but not where null may not be', async () => {
    const answered = await execute(query, plan, things, '{"_entities":[{"s":"a"},null]}');
    expect([answered.data, answered.errors]).toEqual([
      {
        things: [
          { id: '1', s: 'a' },
          { id: '2', s: null },
          { id: '1', s: 'a' },
        ],
      },
      [],
    ]);
    const must = await execute('{ things { must } }', plan, things, '{"_entities":[{"must":1},null]}');
    expect([must.data, must.paths]).toEqual([{ things: null }, [['things', 1, 'must']]]);
  });

  it.each([
    ['too few', '{"_entities":[{"s":"a"}]}'],
    ['no list', '{"_entities":{"0":{"s":"a"}}}'],
    ['nothing', '{}'],
  ])('that are %s cost their part, with one error', async (_, answer) => {
    const answered = await execute(query, plan, things, answer);
    expect(answered.data).toEqual({
      things: [
        { id: '1', s: null },
        { id: '2', s: null },
        { id: '1', s: null },
      ],
    });
    expect([answered.paths, answered.codes]).toEqual([[['things']], ['INTERNAL_SERVER_ERROR']]);
  });

  it('that are no objects are told of where they are', async () => {
    const answered = await execute(query, plan, things, '{"_entities":["text",{"s":"b"}]}');
    expect(answered.paths).toEqual([
      ['things', 0],
      ['things', 2],
    ]);
  });

  it('are not asked for without what they are known by', async () => {
    const answered = await execute(
      query,
      plan,
      '{"things":[{"__typename":"Thing","id":"1"},{"__typename":"Other"}]}',
      '{"_entities":[{"s":"a"}]}',
    );
    expect(answered.calls[1]?.representations).toHaveLength(1);
  });

  it('cannot change what all objects inherit', async () => {
    const hostile =
      '{"_entities":[{"s":"a","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}},{"s":"b"}]}';
    const answered = await execute(query, plan, things, hostile, hostile);
    expect(answered.errors).toEqual([]);
    expect(Object('').polluted).toBeUndefined();
    const through = inTurn(fetchNode(), at(['thing', '__proto__'], entities(['id'])));
    await execute('{ thing { s } }', through, '{"thing":{"s":"a"}}', '{"_entities":[{"polluted":1}]}');
    expect(Object('').polluted).toBeUndefined();
  });

  it('go by the names that the planner gave, until they are answered', async () => {
    const outputRewrites = [{ kind: 'KeyRenamer', path: ['... on Thing', 's__alias_0'], renameKeyTo: 's' }];
    const inputRewrites = [{ kind: 'ValueSetter', path: ['... on Thing', '__typename'], setValueTo: 'Any' }];
    const renaming = inTurn(fetchNode(), at(['things', '@'], entities(['id'], { inputRewrites, outputRewrites })));
    const errors = [{ message: 'm', path: ['_entities', 1, 's__alias_0'], extensions: { code: 'X' } }];
    const data = { _entities: [{ s__alias_0: '' }, { s__alias_0: null }] };
    const answered = await execute(query, renaming, things, { data, errors });
    expect(answered.calls[1]?.representations?.[0]).toBe('{"__typename":"Any","id":"1"}');
    expect(answered.data).toEqual({
      things: [
        { id: '1', s: '' },
        { id: '2', s: null },
        { id: '1', s: '' },
      ],
    });
    expect(answered.paths).toEqual([['things', 1, 's']]);
  });
});

describe('an answer of several subgraphs', () => {
  it('joins what they say of one object, in whatever order', async () => {
    const parallel: PlanNode = { kind: 'Parallel', nodes: [fetchNode(), fetchNode()] };
    const parts = ['{"thing":{"self":{"s":"a"},"numbers":[1]}}', '{"thing":{"self":{"n":1},"numbers":[1]}}'];
    for (const order of [parts, [...parts].reverse()]) {
      const { data } = await execute('{ thing { self { s n } numbers } }', parallel, ...order);
      expect(data).toEqual({ thing: { self: { s: 'a', n: 1 }, numbers: [1] } });
    }
  });

  it('of which one fails has one error for it, and all of the rest', async () => {
    const parallel: PlanNode = { kind: 'Parallel', nodes: [fetchNode(), fetchNode()] };
    const failed = { errors: [{ message: 'late', path: [], extensions: { code: 'TIMEOUT' } }] };
    const answered = await execute('{ thing { s } kind }', parallel, failed, '{"kind":"ONE"}');
    expect([answered.data, answered.codes]).toEqual([{ thing: null, kind: 'ONE' }, ['TIMEOUT']]);
  });
});
