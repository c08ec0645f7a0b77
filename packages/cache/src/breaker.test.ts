import { expect, it } from 'vitest';
import { createBreaker } from './breaker.ts';

it('opens after failures in a row, lets one through a pause, and closes with its success', () => {
  let at = 0;
  const breaker = createBreaker({ threshold: 2, pauseMs: 100, now: () => at });
  breaker.failed();
  breaker.succeeded();
  breaker.failed();
  expect(breaker.allows()).toBe(true);
  breaker.failed();
  expect([breaker.isOpen(), breaker.allows()]).toEqual([true, false]);
  at = 100;
  expect([breaker.allows(), breaker.allows()]).toEqual([true, false]);
  breaker.failed();
  at = 199;
  expect(breaker.allows()).toBe(false);
  at = 200;
  expect(breaker.allows()).toBe(true);
  breaker.succeeded();
  expect([breaker.isOpen(), breaker.allows(), breaker.allows()]).toEqual([false, true, true]);
});
