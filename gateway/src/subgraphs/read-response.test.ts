import { createLogger } from '@entrepot/telemetry/logger';
import { describe, expect, it } from 'vitest';
import { readResponse } from './read-response.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const read = (text: string, entities?: number) => readResponse(JSON.parse(text), entities, logger);
const codesOf = (text: string, entities?: number) =>
  read(text, entities)?.errors.map(({ extensions }) => extensions?.code);

describe('an answer', () => {
  it.each([
    'null',
    '1',
    '"data"',
    '[]',
    '{}',
    '{"data":1}',
    '{"data":[]}',
    '{"errors":{}}',
    '{"data":{},"errors":"no"}',
    '{"errors":null}',
  ])('is not %s', (text) => {
    expect(read(text)).toBeUndefined();
  });

  it('has data, errors, or both', () => {
    expect(read('{"data":{"a":1},"errors":null}')).toMatchObject({ data: { a: 1 }, errors: [] });
    expect(read('{"data":null,"errors":[]}')).toMatchObject({ data: null, errors: [] });
    expect(read('{"errors":[{"message":"m"}]}')).toMatchObject({ data: null, errors: [{}] });
  });

  it('pollutes nothing, whatever its keys', () => {
    const text =
      '{"data":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}},"__proto__":{"errors":[1]}}';
    const answer = read(text);
    expect(answer?.errors).toEqual([]);
    expect(Object.keys(answer?.data ?? {})).toEqual(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(answer?.data)).toBe(Object.prototype);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it('takes the last of equal keys', () => {
    expect(read('{"data":{"a":1,"a":2}}')?.data).toEqual({ a: 2 });
  });

  it('tells what it was made of', () => {
    expect(read('{"data":{},"extensions":{"cacheTags":["a"]}}')?.cacheTags).toEqual(['a']);
    const ours = read('{"data":{},"extensions":{"apolloCacheTags":["a"],"apolloEntityCacheTags":[["b"]]}}');
    expect([ours?.cacheTags, ours?.entityCacheTags]).toEqual([['a'], [['b']]]);
  });
});

describe('entities', () => {
  it.each([
    '{"data":{"_entities":[1]}}',
    '{"data":{"_entities":[1,2,3]}}',
    '{"data":{}}',
    '{"data":{"_entities":null}}',
    '{"data":{"_entities":{"length":2}}}',
  ])('are not %s when two were asked for', (text) => {
    expect(read(text, 2)?.data).toBeNull();
    expect(codesOf(text, 2)).toEqual(['INVALID_SUBGRAPH_RESPONSE']);
  });

  it('may be unknown, each or all of them', () => {
    expect(read('{"data":{"_entities":[null,{"a":1}]}}', 2)).toMatchObject({
      data: { _entities: [null, { a: 1 }] },
      errors: [],
    });
    expect(codesOf('{"data":null,"errors":[{"message":"m"}]}', 2)).toEqual(['INTERNAL_SERVER_ERROR']);
  });
});

describe('an error', () => {
  const error = (extensions: object, more: object = {}) =>
    read(JSON.stringify({ errors: [{ message: 'm', extensions, ...more }] }))?.errors[0];

  it('keeps message, path and code when the code is for clients', () => {
    expect(
      error({ code: 'NOT_FOUND', stacktrace: ['x'], host: 'h' }, { path: ['a', 0], locations: [{ line: 1 }] }),
    ).toEqual({
      message: 'm',
      path: ['a', 0],
      extensions: { code: 'NOT_FOUND' },
    });
  });

  it.each([
    {},
    { code: 'INTERNAL_SERVER_ERROR' },
    { code: 'GRAPHQL_VALIDATION_FAILED' },
    { code: 'no code' },
    { code: 7 },
  ])('says nothing of itself with %j', (extensions) => {
    expect(error(extensions)).toEqual({
      message: 'something went wrong on our side',
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    });
  });

  it('is one of 100 at most, with a message and a path that are no longer than useful', () => {
    const many = { message: 'm'.repeat(10_000), path: Array(1_000).fill('a'), extensions: { code: 'A' } };
    const { errors = [] } = read(JSON.stringify({ errors: Array(1_000).fill(many) })) ?? {};
    expect([errors.length, errors[0]?.message.length, errors[0]?.path?.length]).toEqual([100, 2_000, 100]);
  });

  it('may be anything', () => {
    for (const nonsense of [
      null,
      1,
      'text',
      [],
      { path: {}, extensions: [] },
      { message: 5, extensions: { code: 'A' }, path: [{}] },
    ])
      expect(codesOf(JSON.stringify({ errors: [nonsense] }))).toEqual(['INTERNAL_SERVER_ERROR']);
  });
});
