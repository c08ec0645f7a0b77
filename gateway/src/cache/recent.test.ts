import { expect, it } from 'vitest';
import { createRecent } from './recent.ts';

it('knows what it was told, as it was told last', () => {
  const recent = createRecent<number>(4);
  recent.set('a', 1);
  recent.set('a', 2);
  expect([recent.get('a'), recent.get('b')]).toEqual([2, undefined]);
});

it('forgets what was not asked for lately, and keeps what was', () => {
  const recent = createRecent<number>(4);
  for (let number = 0; number < 100; number++) {
    recent.set(`n${number}`, number);
    if (number > 0) expect(recent.get('n0')).toBe(0);
  }
  const known = Array.from({ length: 100 }, (_, number) => recent.get(`n${number}`)).filter((one) => one !== undefined);
  expect(known.length).toBeLessThanOrEqual(4);
  expect(known).toContain(99);
});

it('gives what was told last even where an older value is remembered, too', () => {
  const recent = createRecent<string>(2);
  recent.set('a', 'old');
  recent.set('b', 'b');
  recent.set('a', 'new');
  expect(recent.get('a')).toBe('new');
});

it('holds one value where it may hold no more', () => {
  const recent = createRecent<number>(1);
  recent.set('a', 1);
  expect(recent.get('a')).toBe(1);
});
