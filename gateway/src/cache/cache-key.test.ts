import type { Viewer } from '@entrepot/kernel/viewer';
import { describe, expect, it } from 'vitest';
import { audienceOf } from './audience.ts';
import { createKeys, type Question } from './cache-key.ts';

const question = (over: Partial<Question> = {}): Question => ({
  generation: 'g',
  document: 'd',
  operationName: undefined,
  variables: {},
  denied: '',
  ...over,
});
const key = (over: Partial<Question> = {}) => createKeys(question(over)).shared();
const ann: Viewer = { id: 'ann', kind: 'CUSTOMER', roles: [] };

describe('the key of an answer', () => {
  it('is the same for equal variables, however they were written down', () => {
    expect(key({ variables: { a: 1, b: { c: [1, 2], d: null } } })).toBe(
      key({ variables: { b: { d: null, c: [1, 2] }, a: 1 } }),
    );
  });

  it('is another for everything else', () => {
    const others = [
      question(),
      question({ generation: 'h' }),
      question({ document: 'e' }),
      question({ denied: '1' }),
      question({ operationName: 'A' }),
      question({ variables: { a: 1 } }),
      question({ variables: { a: '1' } }),
      question({ variables: { a: null } }),
      question({ variables: { a: [1, 2] } }),
      question({ variables: { a: [2, 1] } }),
      question({ variables: { a: { 0: 1, 1: 2 } } }),
      question({ variables: { __proto__: { a: 1 } } }),
      question({ variables: JSON.parse('{"__proto__":{"a":1}}') }),
      question({ operationName: '{}\nA' }),
    ].map((each) => createKeys(each).shared());
    // An object literal's __proto__ is no member of it, so that one asks the same as the first.
    expect(new Set(others).size).toBe(others.length - 1);
  });

  it('of a viewer is nobody else’s, and changes with kind and roles but not with their order', () => {
    const own = (over: Partial<Viewer>) => createKeys(question()).of(audienceOf({ ...ann, ...over }).own ?? '');
    const keys = [
      own({}),
      own({ id: 'eve' }),
      own({ kind: 'GUEST' }),
      own({ roles: ['ADMIN'] }),
      own({ id: 'ann ["ADMIN"]' }),
      own({ id: 'ann\n' }),
      key(),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(own({ roles: ['ADMIN', 'ORDER_MANAGER'] })).toBe(own({ roles: ['ORDER_MANAGER', 'ADMIN'] }));
  });

  it('is refused for variables that are nested without end', () => {
    let deep: Record<string, unknown> = {};
    for (let level = 0; level < 100_000; level++) deep = { deep };
    expect(() => key({ variables: deep })).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
