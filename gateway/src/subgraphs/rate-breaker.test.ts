import { expect, it } from 'vitest';
import { createRateBreaker } from './rate-breaker.ts';
import { TUNING } from './tuning.ts';

function start() {
  const clock = { now: 0 };
  const breaker = createRateBreaker(TUNING, () => clock.now);
  const record = (failures: number, successes = 0) => {
    for (let call = 0; call < successes; call++) breaker.succeeded();
    for (let call = 0; call < failures; call++) breaker.failed();
  };
  return { clock, breaker, record };
}

it('opens when half of at least 20 calls have failed', () => {
  const { breaker, record } = start();
  record(19);
  expect(breaker.state()).toBe('closed');
  record(1);
  expect([breaker.state(), breaker.allows()]).toEqual(['open', false]);
  const other = start();
  other.record(99, 101);
  expect(other.breaker.state()).toBe('closed');
  other.record(2);
  expect(other.breaker.state()).toBe('open');
});

it('forgets what is older than its window', () => {
  const { clock, breaker, record } = start();
  record(19);
  clock.now = 10_000;
  record(10);
  expect(breaker.state()).toBe('closed');
});

it('lets one call through after a pause, and closes with its success', () => {
  const { clock, breaker, record } = start();
  record(20);
  clock.now = 999;
  expect(breaker.allows()).toBe(false);
  clock.now = 1_000;
  expect([breaker.allows(), breaker.allows(), breaker.state()]).toEqual([true, false, 'half-open']);
  breaker.succeeded();
  expect([breaker.state(), breaker.allows(), breaker.allows()]).toEqual(['closed', true, true]);
  record(19);
  expect(breaker.state()).toBe('closed');
});

it('waits longer after each try that fails, up to a limit', () => {
  const { clock, breaker, record } = start();
  record(20);
  const pauses = Array.from({ length: 6 }, () => {
    const from = clock.now;
    while (!breaker.allows()) clock.now += 100;
    breaker.failed();
    return clock.now - from;
  });
  expect(pauses).toEqual([1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
});

it('lets another call try when the one that tried was given up', () => {
  const { clock, breaker, record } = start();
  record(20);
  clock.now = 1_000;
  expect(breaker.allows()).toBe(true);
  breaker.abandoned();
  expect(breaker.allows()).toBe(true);
});
