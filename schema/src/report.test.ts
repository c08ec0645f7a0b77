import { expect, it } from 'vitest';
import { forAnnotations, forPeople } from './report.ts';

const at = { file: 'schema/users.graphql', line: 12 };
const warning = { severity: 'warning', rule: 'ENUM_VALUE_ADDED', message: 'one more' } as const;
const error = { severity: 'error', rule: 'description', message: 'User.id: 100 %\nno description', at } as const;

it('shows errors first, with the place an editor can open', () => {
  expect(forPeople([warning, error])).toEqual([
    '✗ schema/users.graphql:12  User.id: 100 %\nno description  [description]',
    '! one more  [ENUM_VALUE_ADDED]',
  ]);
});

it('writes workflow commands with what they reserve escaped', () => {
  expect(forAnnotations([warning, error])).toEqual([
    '::error file=schema/users.graphql,line=12,title=description::User.id: 100 %25%0Ano description',
    '::warning title=ENUM_VALUE_ADDED::one more',
  ]);
});
