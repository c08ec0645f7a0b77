import { expect, it } from 'vitest';
import { newClusterId } from './cluster-id.ts';

it('never begins with a dash, whatever the dice say', () => {
  for (let first = 0; first < 256; first++)
    expect(newClusterId(Buffer.alloc(16, first))).toMatch(/^[A-Za-z0-9][\w-]{21}$/);
});

it('is another each time', () => {
  expect(newClusterId()).not.toBe(newClusterId());
});
