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
