import { expect, it } from 'vitest';
import { Rejection } from './rejection.ts';

it('a rejection tells its problem, with the path only when there is one', () => {
  const rejection = new Rejection('NOT_FOUND', 'no such order');
  expect(rejection.code).toBe('NOT_FOUND');
  expect(rejection.problems).toEqual([{ code: 'NOT_FOUND', message: 'no such order' }]);
  expect(new Rejection('INVALID_NAME', 'empty', ['input', 'name']).problems[0].path).toEqual(['input', 'name']);
});

it('a rejection of several problems has the code of the first', () => {
  const problems = [
    { code: 'INVALID_NAME', message: 'empty' },
    { code: 'INVALID_EMAIL', message: 'no @', path: ['input', 'email'] },
  ] as const;
  const rejection = Rejection.all(problems);
  expect(rejection).toBeInstanceOf(Rejection);
  expect(rejection.code).toBe('INVALID_NAME');
  expect(rejection.problems).toEqual(problems);
});
