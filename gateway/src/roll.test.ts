import { expect, it } from 'vitest';
import { createRollOf } from './roll.ts';

const rollOf = createRollOf({ hops: 1 });
const nobody = { viewerId: undefined, address: undefined, forwardedFor: undefined };
const client = (address: string) => ({ ...nobody, address: '10.0.0.1', forwardedFor: address });

it('has one place for a viewer, wherever they ask from', () => {
  const home = rollOf({ ...client('192.0.2.1'), viewerId: 'ann' });
  expect(home).toBe(rollOf({ ...client('192.0.2.2'), viewerId: 'ann' }));
  expect(home).not.toBe(rollOf({ ...client('192.0.2.1'), viewerId: 'bob' }));
});

it('has one place for a client who is nobody in particular, behind a proxy too', () => {
  expect(rollOf(client('192.0.2.1'))).toBe(createRollOf({ hops: 0 })({ ...nobody, address: '192.0.2.1' }));
  expect(rollOf(client('192.0.2.1'))).not.toBe(rollOf(client('192.0.2.2')));
});

it('has none for who cannot be told from others', () => {
  expect(rollOf(nobody)).toBeUndefined();
});

it('spreads viewers evenly between 0 and 100', () => {
  const rolls = Array.from({ length: 2_000 }, (_, index) => rollOf({ ...nobody, viewerId: `viewer-${index}` }) ?? -1);
  const shares = [0, 25, 50, 75].map((from) => rolls.filter((roll) => roll >= from && roll < from + 25).length);
  for (const share of shares) expect(Math.abs(share - 500)).toBeLessThan(80);
});
