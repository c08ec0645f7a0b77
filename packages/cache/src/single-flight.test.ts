import { Cancellation } from '@entrepot/kernel/cancellation';
import { expect, it } from 'vitest';
import { createSingleFlight } from './single-flight.ts';

it('lets 1,000 who want the same wait for one', async () => {
  const flights = createSingleFlight<number>();
  let calls = 0;
  const act = async () => {
    await new Promise((wake) => setImmediate(wake));
    return ++calls;
  };
  const joined = Array.from({ length: 1_000 }, () => flights.join('key', act));
  expect(joined.filter(({ isLeader }) => isLeader)).toHaveLength(1);
  expect(new Set(await Promise.all(joined.map(({ result }) => result)))).toEqual(new Set([1]));
  expect(flights.size).toBe(0);
  expect(await flights.join('key', act).result).toBe(2);
});

it('shares a failure, and forgets it', async () => {
  const flights = createSingleFlight<number>();
  const fail = () => Promise.reject(new Error('no'));
  const both = [flights.join('key', fail), flights.join('key', fail)];
  for (const { result } of both) await expect(result).rejects.toThrow('no');
  expect(await flights.join('key', async () => 1).result).toBe(1);
});

it('is given up when all have left, and by whoever comes then begun anew', async () => {
  const flights = createSingleFlight<string>();
  const untilCancelled = (all: Cancellation) => new Promise<string>((resolve) => all.listen(() => resolve('given up')));
  const [first, second, late] = [new Cancellation(), new Cancellation(), new Cancellation()];
  const flight = flights.join('key', untilCancelled, first);
  expect(flights.join('key', untilCancelled, second).isLeader).toBe(false);
  first.cancel();
  late.cancel();
  expect(flights.join('key', untilCancelled, late).isLeader).toBe(false);
  second.cancel();
  expect(flights.size).toBe(0);
  expect(await flights.join('key', async () => 'anew').result).toBe('anew');
  expect(await flight.result).toBe('given up');
});

it('goes on for those who never leave', async () => {
  const flights = createSingleFlight<string>();
  let isGivenUp = false;
  const act = async (all: Cancellation) => {
    all.listen(() => {
      isGivenUp = true;
    });
    await new Promise((wake) => setImmediate(wake));
    return 'done';
  };
  const leaving = new Cancellation();
  flights.join('key', act, leaving);
  const { result } = flights.join('key', act);
  leaving.cancel();
  expect([await result, isGivenUp]).toEqual(['done', false]);
});

it('is joined for as long as it is told to, after it has its result', async () => {
  let end = () => {};
  const flights = createSingleFlight<number>({ until: () => new Promise((resolve) => (end = resolve)) });
  expect(await flights.join('key', async () => 1).result).toBe(1);
  expect(await flights.join('key', async () => 2).result).toBe(1);
  end();
  await expect.poll(() => flights.size).toBe(0);
  expect(await flights.join('key', async () => 3).result).toBe(3);
  end();
  await expect(flights.join('other', () => Promise.reject(new Error('no'))).result).rejects.toThrow('no');
  await expect.poll(() => flights.size).toBe(0);
});
