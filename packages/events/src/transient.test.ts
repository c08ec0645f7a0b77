import { expect, it } from 'vitest';
import { isTransient } from './transient.ts';

const withCode = (code: string) => Object.assign(new Error('failed'), { code });

it.each([
  ['a server that is not there', withCode('ECONNREFUSED')],
  ['a server that shuts down', withCode('57P01')],
  ['a lost connection, as PostgreSQL says', withCode('08006')],
  ['a lost connection, as node-postgres says', new Error('Connection terminated unexpectedly')],
  ['no connection free', new Error('timeout exceeded when trying to connect')],
  ['no connection slot on the server', withCode('53300')],
  ['a deadlock', withCode('40P01')],
  ['a server that Prisma cannot reach', withCode('P1001')],
  ['any of these as a cause', new Error('could not save', { cause: withCode('ECONNRESET') })],
  ['any of these among several', new AggregateError([new Error('no'), withCode('ECONNREFUSED')])],
])('%s passes', (_, error) => expect(isTransient(error)).toBe(true));

it.each([
  ['a constraint that is hurt', withCode('23505')],
  ['a statement that takes too long', withCode('57014')],
  ['a row that Prisma does not find', withCode('P2025')],
  ['a bug', new TypeError('x is undefined')],
  ['what is no error', 'ECONNREFUSED'],
  ['nothing', undefined],
])('%s stays', (_, error) => expect(isTransient(error)).toBe(false));

it('does not go round in circles', () => {
  const error = new Error('one');
  error.cause = error;
  expect(isTransient(error)).toBe(false);
});
