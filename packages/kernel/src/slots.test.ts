import { expect, it } from 'vitest';
import { createSlots } from './slots.ts';

it('slots hold what has not been given back, and are used again', () => {
  const slots = createSlots<string>();
  const [a, b] = [slots.take('a'), slots.take('b')];
  expect([...slots]).toEqual(['a', 'b']);
  slots.free(a);
  expect([slots.size, [...slots]]).toEqual([1, ['b']]);
  expect(slots.take('c')).toBe(a);
  expect([slots.size, [...slots]]).toEqual([2, ['c', 'b']]);
  slots.free(a);
  slots.free(b);
  expect([slots.size, [...slots]]).toEqual([0, []]);
});
