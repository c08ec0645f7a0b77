import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createReplicaHealth } from './replica-health.ts';
import { TUNING } from './tuning.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function start({ mayEject = true, isNew = false } = {}) {
  const seen = { isAlive: false, probes: 0, ejections: 0, returns: 0 };
  const health = createReplicaHealth({
    tuning: TUNING,
    isNew,
    mayEject: () => mayEject,
    now: () => Date.now(),
    probe: async () => {
      seen.probes++;
      return seen.isAlive;
    },
    onEject: () => seen.ejections++,
    onReturn: () => seen.returns++,
  });
  const fail = (times: number) => {
    for (let time = 0; time < times; time++) health.failed(false);
  };
  return { health, seen, fail };
}

it('ejects after five failures in a row', () => {
  const { health, fail } = start();
  fail(4);
  health.succeeded();
  fail(4);
  expect(health.isEjected()).toBe(false);
  fail(1);
  expect(health.isEjected()).toBe(true);
});

it('ejects at once where nobody listens', () => {
  const { health } = start();
  health.failed(true);
  expect(health.isEjected()).toBe(true);
});

it('spares a replica that may not be ejected, but does not call it well', () => {
  const { health, fail } = start({ mayEject: false });
  fail(5);
  expect([health.isEjected(), health.isWell()]).toEqual([false, false]);
  health.succeeded();
  expect(health.isWell()).toBe(true);
});

it('lets it return once its time is over and it answers', async () => {
  const { health, seen, fail } = start();
  fail(5);
  await vi.advanceTimersByTimeAsync(4_999);
  expect(seen.probes).toBe(0);
  await vi.advanceTimersByTimeAsync(3_001);
  expect([seen.probes, health.isEjected()]).toEqual([4, true]);
  seen.isAlive = true;
  await vi.advanceTimersByTimeAsync(1_000);
  expect([health.isEjected(), seen.returns]).toEqual([false, 1]);
});

it('keeps one that fails again at once out for longer', async () => {
  const { health, seen, fail } = start();
  seen.isAlive = true;
  const away: number[] = [];
  for (let round = 0; round < 8; round++) {
    fail(round === 0 ? 5 : 1);
    const from = Date.now();
    while (health.isEjected()) await vi.advanceTimersByTimeAsync(1_000);
    away.push(Date.now() - from);
  }
  expect(away).toEqual([5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 30_000, 30_000]);
  await vi.advanceTimersByTimeAsync(6_000);
  health.succeeded();
  fail(5);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(health.isEjected()).toBe(false);
});

it('ejects one that is silent only when it says nothing to a probe either', async () => {
  const { health, seen } = start();
  seen.isAlive = true;
  health.suspect();
  await vi.advanceTimersByTimeAsync(0);
  expect(health.isEjected()).toBe(false);
  seen.isAlive = false;
  health.suspect();
  health.suspect();
  await vi.advanceTimersByTimeAsync(0);
  expect([health.isEjected(), seen.probes, seen.ejections]).toEqual([true, 2, 1]);
});

describe('the share of requests', () => {
  it('grows from little to all in the seconds after a return', async () => {
    const { health, seen, fail } = start();
    expect(health.share()).toBe(1);
    fail(5);
    seen.isAlive = true;
    await vi.advanceTimersByTimeAsync(5_000);
    for (let time = 0; time < 200; time++) health.succeeded();
    const shares: number[] = [];
    for (let second = 0; second < 6; second++) {
      shares.push(health.share());
      await vi.advanceTimersByTimeAsync(1_000);
    }
    expect(shares.map((share) => Math.round(share * 10) / 10)).toEqual([0.1, 0.2, 0.4, 0.6, 0.8, 1]);
  });

  it('grows from little for one that comes to others', async () => {
    const { health } = start({ isNew: true });
    expect(health.share()).toBe(0.1);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(health.share()).toBe(1);
  });

  it('falls while requests fail, and is never nothing', () => {
    const { health, fail } = start({ mayEject: false });
    for (let time = 0; time < 500; time++) {
      if (time % 5 === 0) fail(1);
      else health.succeeded();
    }
    expect(health.share()).toBeGreaterThan(0.3);
    expect(health.share()).toBeLessThan(0.5);
    fail(100);
    expect(health.share()).toBe(0.1);
    for (let time = 0; time < 500; time++) health.succeeded();
    expect(health.share()).toBeCloseTo(1);
  });
});

it('is left alone for as long as it has asked for, within bounds', async () => {
  const { health } = start();
  health.rest(2_000);
  expect([health.isWell(), health.isEjected(), health.restMs()]).toEqual([false, false, 2_000]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect([health.isWell(), health.restMs()]).toEqual([true, 0]);
  health.rest(1_000_000);
  expect(health.restMs()).toBe(TUNING.maxRestMs);
});
