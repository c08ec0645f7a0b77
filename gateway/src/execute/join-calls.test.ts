import { parse } from 'graphql';
import { expect, it } from 'vitest';
import { type Finish, joinCalls } from './join-calls.ts';
import { createRequestContext } from './request-context.ts';
import type { SubgraphAnswer, SubgraphCall } from './subgraph-call.ts';

const contextOf = () => createRequestContext({ viewer: undefined, authorization: undefined }, 0);
const context = contextOf();
const entity = (id: string) => `{"__typename":"A","id":"${id}"}`;
const callOf = (over: Partial<SubgraphCall> = {}): SubgraphCall => {
  const query = 'query($representations:[_Any!]!){_entities(representations:$representations){...on A{x}}}';
  const representations = [entity('1')];
  return {
    ...{ subgraph: 's', query, id: 'one', operationName: undefined, kind: 'query', variables: '{}' },
    ...{ representations, context },
    ...over,
  };
};
const other = callOf({
  id: 'two',
  query:
    'query($representations:[_Any!]!$n:Int){_entities(representations:$representations){...F y(n:$n)}}fragment F on A{z}',
  variables: '{"n":[1,"\\""]}',
  representations: [entity('2'), entity('3')],
});

const asItIs: Finish = (_, answer) => answer;

/** Asks for all of these in one moment. */
async function askAll(
  calls: readonly SubgraphCall[],
  answer: SubgraphAnswer = { data: null, errors: [] },
  finish: Finish = asItIs,
) {
  const asked: SubgraphCall[] = [];
  const ask = joinCalls(async (call) => {
    asked.push(call);
    return answer;
  }, finish);
  return { asked, answers: await Promise.all(calls.map(ask)) };
}

it('asks as one operation what becomes ready in one moment, and gives each its part', async () => {
  const code = { extensions: { code: 'X' } };
  const { asked, answers } = await askAll([callOf(), other], {
    data: { _0: [{ x: 1 }], _1: [{ y: 2 }, null] },
    errors: [
      { message: 'of the second', path: ['_1', 1, 'y'], ...code },
      { message: 'of all', ...code },
    ],
  });
  expect(asked).toHaveLength(1);
  expect(parse(asked[0]?.query ?? '').definitions).toHaveLength(2);
  expect(asked[0]?.query).toBe(
    'query($v0_representations:[_Any!]!$v1_representations:[_Any!]!$v1_n:Int){_0:_entities(representations:$v0_representations){...on A{x}}_1:_entities(representations:$v1_representations){...v1_F y(n:$v1_n)}}fragment v1_F on A{z}',
  );
  expect(JSON.parse(asked[0]?.variables ?? '')).toEqual({
    v0_representations: [{ __typename: 'A', id: '1' }],
    v1_representations: [
      { __typename: 'A', id: '2' },
      { __typename: 'A', id: '3' },
    ],
    v1_n: [1, '"'],
  });
  expect(answers).toEqual([
    { data: { _entities: [{ x: 1 }] }, errors: [{ message: 'of all', ...code }] },
    {
      data: { _entities: [{ y: 2 }, null] },
      errors: [
        { message: 'of the second', path: ['_entities', 1, 'y'], ...code },
        { message: 'of all', ...code },
      ],
    },
  ]);
});

it('asks once what several ask alike, and gives each its own', async () => {
  const calls = [
    callOf({ representations: [entity('1'), entity('2')] }),
    other,
    callOf({ representations: [entity('2'), entity('3')] }),
  ];
  const code = { extensions: { code: 'X' } };
  const error = { message: 'of the last', path: ['_0', 2, 'x'], ...code };
  const both = { message: 'of one that two have', path: ['_0', 1, 'x'], ...code };
  const { asked, answers } = await askAll(calls, {
    data: { _0: [{ x: { y: 1 } }, { x: { y: [2] } }, null], _1: [] },
    errors: [error, both],
  });
  expect(asked).toHaveLength(1);
  expect(JSON.parse(asked[0]?.variables ?? '')).toMatchObject({
    v0_representations: [
      { __typename: 'A', id: '1' },
      { __typename: 'A', id: '2' },
      { __typename: 'A', id: '3' },
    ],
  });
  expect(answers[0]).toEqual({
    data: { _entities: [{ x: { y: 1 } }, { x: { y: [2] } }] },
    errors: [{ ...both, path: ['_entities', 1, 'x'] }],
  });
  expect(answers[2]).toEqual({
    data: { _entities: [{ x: { y: [2] } }, null] },
    errors: [
      { ...error, path: ['_entities', 1, 'x'] },
      { ...both, path: ['_entities', 0, 'x'] },
    ],
  });
  const [first, , last] = answers.map(({ data }) => data?._entities);
  expect(Object(first)[1].x).not.toBe(Object(last)[0].x);
});

it('asks as it is what all of them ask alike', async () => {
  const { asked } = await askAll([callOf(), callOf({ representations: [entity('1'), entity('4')] })]);
  expect(asked).toMatchObject([{ id: 'one', representations: [entity('1'), entity('4')] }]);
});

it.each([
  ['of different subgraphs', { subgraph: 't' }],
  ['of different requests', { context: contextOf() }],
  ['that change something', { kind: 'mutation' }],
  ['that ask for no entities', { representations: undefined }],
  ['whose answers are kept', { fence: 'f' }],
] as const)('leaves alone fetches %s', async (_, over) => {
  const { asked } = await askAll([callOf(), callOf({ id: 'two', ...over })]);
  expect(asked.map(({ id }) => id).sort()).toEqual(['one', 'two']);
});

it('leaves alone what is ready at another moment', async () => {
  const asked: string[] = [];
  const ask = joinCalls(async ({ id }) => {
    asked.push(id);
    return { data: null, errors: [] };
  }, asItIs);
  await ask(callOf());
  await ask(other);
  expect(asked).toEqual(['one', 'two']);
});

it('finishes the answer of each query for what it asked, joined or not, and no other answer', async () => {
  const finish: Finish = ({ id }, answer) => ({ ...answer, policy: { cacheControl: id } });
  const whole = { data: { _0: [], _1: [], _entities: [{}, {}] }, errors: [] };
  const root = callOf({ id: 'root', representations: undefined });
  const one = callOf({ representations: [entity('4')] });
  const calls = [callOf(), one, other, root, callOf({ fence: 'f' }), callOf({ kind: 'mutation' })];
  const { asked, answers } = await askAll(calls, whole, finish);
  expect(asked).toHaveLength(4);
  expect(answers.map(({ policy }) => policy?.cacheControl)).toEqual(['one', 'one', 'two', 'root', 'one', undefined]);
});

it('tells everybody of a group when an answer cannot be finished', async () => {
  const finish: Finish = () => {
    throw new Error('no');
  };
  for (const calls of [[callOf()], [callOf(), other], [callOf(), callOf({ representations: [entity('4')] })]])
    await expect(askAll(calls, { data: { _0: [], _1: [], _entities: [{}, {}] }, errors: [] }, finish)).rejects.toThrow(
      'no',
    );
});

it('tells every part of a failure as a whole', async () => {
  const error = { message: 'late', path: [], extensions: { code: 'TIMEOUT' } };
  const { answers } = await askAll([callOf(), other], { data: null, errors: [error] });
  expect(answers).toEqual([
    { data: null, errors: [error] },
    { data: null, errors: [error] },
  ]);
});
