import { describe, expect, it } from 'vitest';
import { createTurns, TooBusy } from './turns.ts';

/** Work that ends when it is told to. */
function work() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const state = { started: false };
  const act = () => {
    state.started = true;
    return promise;
  };
  return { act, state, resolve, reject };
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('turns', () => {
  it('let so many run at once, and the next one when one ends', async () => {
    const turns = createTurns({ concurrent: 1, maxWaiting: 5 });
    const [first, second] = [work(), work()];
    const taken = [turns.take(first.act), turns.take(second.act)];
    await settled();
    expect([first.state.started, second.state.started]).toEqual([true, false]);
    expect(turns.load()).toEqual({ running: 1, waiting: 1 });
    first.resolve('one');
    await settled();
    expect(second.state.started).toBe(true);
    second.resolve('two');
    expect(await Promise.all(taken)).toEqual(['one', 'two']);
    expect(turns.load()).toEqual({ running: 0, waiting: 0 });
  });

  it('are never more than allowed, whoever comes while a place is handed over', async () => {
    const turns = createTurns({ concurrent: 2, maxWaiting: 1_000 });
    let [running, most] = [0, 0];
    const act = async () => {
      most = Math.max(most, ++running);
      await settled();
      running--;
    };
    const chain = async () => {
      for (let count = 0; count < 20; count++) await turns.take(act);
    };
    await Promise.all(Array.from({ length: 10 }, chain));
    expect(most).toBe(2);
  });

  it('turn away whoever finds too many waiting', async () => {
    const turns = createTurns({ concurrent: 1, maxWaiting: 1 });
    const [first, second] = [work(), work()];
    const taken = [turns.take(first.act), turns.take(second.act)];
    await expect(turns.take(async () => 'three')).rejects.toBeInstanceOf(TooBusy);
    first.resolve('one');
    second.resolve('two');
    expect(await Promise.all(taken)).toEqual(['one', 'two']);
  });

  it('go on after a failure', async () => {
    const turns = createTurns({ concurrent: 1, maxWaiting: 1 });
    const failing = work();
    const failed = turns.take(failing.act);
    const next = turns.take(async () => 'next');
    failing.reject(new Error('no'));
    await expect(failed).rejects.toThrow();
    expect(await next).toBe('next');
  });
});
