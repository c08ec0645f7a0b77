import { describe, expect, it } from 'vitest';
import { retry, sleep } from './retry.ts';

const options = { attempts: 4, baseDelayMs: 1, maxDelayMs: 2, isTransient: () => true };

describe('a retry', () => {
  it('goes on until it succeeds', async () => {
    const result = await retry(async (attempt) => {
      if (attempt < 3) throw new Error('not yet');
      return attempt;
    }, options);
    expect(result).toBe(3);
  });

  it('ends after as many tries as were allowed, with the last error', async () => {
    const tries: number[] = [];
    const outcome = retry(async (attempt) => {
      tries.push(attempt);
      throw new Error(`try ${attempt}`);
    }, options);
    await expect(outcome).rejects.toThrow('try 4');
    expect(tries).toEqual([1, 2, 3, 4]);
  });

  it('never repeats what will not pass by itself', async () => {
    let tries = 0;
    const outcome = retry(
      async () => {
        tries++;
        throw new Error('final');
      },
      { ...options, isTransient: () => false },
    );
    await expect(outcome).rejects.toThrow('final');
    expect(tries).toBe(1);
  });

  it('begins no try after the deadline', async () => {
    let tries = 0;
    const act = async () => {
      tries++;
      throw new Error('late');
    };
    await expect(retry(act, { ...options, deadline: Date.now() - 1 })).rejects.toThrow('late');
    expect(tries).toBe(1);
  });

  it('stops waiting when it is told to', async () => {
    const stop = new AbortController();
    const outcome = retry(
      async () => {
        queueMicrotask(() => stop.abort(new Error('stopped')));
        throw new Error('try');
      },
      { ...options, baseDelayMs: 60_000, maxDelayMs: 60_000, signal: stop.signal },
    );
    await expect(outcome).rejects.toThrow('stopped');
  });
});

it('sleeping is over at once when it was stopped before', async () => {
  await expect(sleep(60_000, AbortSignal.abort(new Error('stopped')))).rejects.toThrow('stopped');
});
