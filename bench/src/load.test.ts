import { describe, expect, it } from 'vitest';
import { closedLoop, percentile } from './load.ts';

describe('percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1);

  it.each([
    [0.5, 50],
    [0.95, 95],
    [0.99, 99],
    [1, 100],
  ])('takes the nearest rank: %f of 1…100 is %i', (share, expected) => {
    expect(percentile(hundred, share)).toBe(expected);
  });

  it('is the value itself when there is only one', () => {
    expect(percentile([7], 0.5)).toBe(7);
  });
});

describe('closedLoop', () => {
  it('sends every request once, never more at a time than there are clients, and counts what failed', async () => {
    const seen: number[] = [];
    let running = 0;
    let most = 0;
    const sample = await closedLoop(50, 4, async (index) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      seen.push(index);
      if (index === 10) throw new Error('refused');
      return index !== 20;
    });
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index));
    expect(most).toBeLessThanOrEqual(4);
    expect(sample).toMatchObject({ requests: 50, failed: 2 });
  });
});
