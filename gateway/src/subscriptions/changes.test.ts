import { describe, expect, it } from 'vitest';
import { createChanges } from './changes.ts';
import { ENDINGS } from './ending.ts';

describe('changes', () => {
  it('wait in their order, those of one entity as one, the latest', async () => {
    const changes = createChanges();
    changes.note('a', 1);
    changes.note('b', 2);
    changes.note('a', 3);
    changes.note('a', 2);
    expect(await changes.next()).toMatchObject({ id: 'a', sequence: 3 });
    expect(await changes.next()).toMatchObject({ id: 'b', sequence: 2 });
    expect(await changes.next(1)).toBe('idle');
  });

  it('wake whoever waits for them', async () => {
    const changes = createChanges();
    const next = changes.next();
    changes.note('a', 1);
    expect(await next).toMatchObject({ id: 'a', sequence: 1 });
  });

  it('end once, for whoever waits and whoever asks later, with what ended them first', async () => {
    const ends: unknown[] = [];
    const changes = createChanges({ onEnd: (ending) => ends.push(ending) });
    const next = changes.next();
    changes.end(ENDINGS.expired);
    changes.end();
    changes.note('a', 1);
    expect([await next, await changes.next()]).toEqual([undefined, undefined]);
    expect([changes.isOver(), changes.ending(), ends]).toEqual([true, ENDINGS.expired, [ENDINGS.expired]]);
  });

  it('of more things than may wait end it, because its subscriber is too slow', () => {
    const changes = createChanges({ maxWaiting: 2 });
    changes.note('a', 1);
    changes.note('b', 1);
    changes.note('b', 2);
    expect(changes.isOver()).toBe(false);
    changes.note('c', 3);
    expect(changes.ending()).toBe(ENDINGS.slow);
  });
});
