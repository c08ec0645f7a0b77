import { expect, it } from 'vitest';
import { createRetryBudget } from './retry-budget.ts';

const spendAll = (budget: ReturnType<typeof createRetryBudget>) => {
  let spent = 0;
  while (budget.spend()) spent++;
  return spent;
};

it('lets a tenth of the requests be repeated', () => {
  const budget = createRetryBudget(() => 0);
  spendAll(budget);
  for (let request = 0; request < 500; request++) budget.earn();
  expect(spendAll(budget)).toBeGreaterThanOrEqual(49);
  expect(spendAll(budget)).toBe(0);
});

it('lets three be repeated a second when there are few requests, and saves up no more than a burst', () => {
  let now = 0;
  const budget = createRetryBudget(() => now);
  spendAll(budget);
  now = 1_000;
  expect(spendAll(budget)).toBe(3);
  now = 1_000_000;
  expect(spendAll(budget)).toBe(10);
  for (let request = 0; request < 1_000_000; request++) budget.earn();
  expect(spendAll(budget)).toBe(100);
});
