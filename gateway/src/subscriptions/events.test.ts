import { describe, expect, it } from 'vitest';
import { ENDINGS } from './ending.ts';
import { createEvents } from './events.ts';

const event = (id: number, bytes = 1) => ({ id, payload: { data: { id } }, bytes, since: 0 });

describe('events that wait for a subscriber', () => {
  it('are told each, in their order, and then why there are no more', async () => {
    const events = createEvents();
    events.push(event(1));
    events.push(event(2));
    events.finish(ENDINGS.missed);
    events.push(event(3));
    expect([await events.next(), await events.next()]).toEqual([event(1), event(2)]);
    expect(events.isOver()).toBe(false);
    expect(await events.next()).toBeUndefined();
    expect([events.isOver(), events.ending()]).toEqual([true, ENDINGS.missed]);
  });

  it('wake whoever waits for them, or for their end', async () => {
    const events = createEvents();
    const next = events.next();
    events.push(event(1));
    expect(await next).toEqual(event(1));
    const end = events.next();
    events.finish(ENDINGS.complete);
    expect(await end).toBeUndefined();
    expect(events.ending()).toBe(ENDINGS.complete);
  });

  it('are no more than so many, and no larger in all', () => {
    for (const [given, isSlow] of [
      [[event(1), event(2), event(3)], true],
      [[event(1), event(2)], false],
      [[event(1, 60), event(2, 60)], true],
      [[event(1, 500)], false],
    ] as const) {
      const events = createEvents({ maxWaiting: 2, maxBytes: 100 });
      for (const one of given) events.push(one);
      expect([events.isOver(), events.ending()]).toEqual(isSlow ? [true, ENDINGS.slow] : [false, undefined]);
    }
  });
});
