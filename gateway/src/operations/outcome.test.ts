import { expect, it } from 'vitest';
import { outcomeOf } from './outcome.ts';

const errors = (...codes: (string | undefined)[]) =>
  codes.map((code) => ({ message: 'x', ...(code !== undefined && { extensions: { code } }) }));

it.each([
  [[], 'ok'],
  [['GRAPHQL_VALIDATION_FAILED'], 'refused'],
  [['RATE_LIMITED'], 'refused'],
  [['UNAUTHENTICATED', 'FORBIDDEN'], 'refused'],
  [['OUT_OF_STOCK'], 'refused'],
  [['OVERLOADED'], 'error'],
  [['FORBIDDEN', 'TIMEOUT'], 'error'],
  [['INVALID_SUBGRAPH_RESPONSE'], 'error'],
  [[undefined], 'error'],
] as const)('what ends with %j is %s', (codes, outcome) => {
  expect(outcomeOf(errors(...codes))).toBe(outcome);
});
