import { describe, expect, it } from 'vitest';
import { createContinuity } from './continuity.ts';

const messages = (partition: number, ...offsets: number[]) =>
  offsets.map((offset) => ({ topic: 't', partition, offset: String(offset), key: 'k', envelope }));
const envelope = {
  specversion: '1.0',
  id: 'evt_1',
  source: 'test',
  type: 'x',
  subject: 'x',
  time: '2026-01-01T00:00:00Z',
  datacontenttype: 'application/json',
  data: {},
} as const;
const places = (...next: (number | undefined)[]) =>
  next.flatMap((place, partition) => (place === undefined ? [] : [{ topic: 't', partition, next: BigInt(place) }]));

describe('what was read of the log', () => {
  it('is whole when the log went on where its reader was, whatever came twice', () => {
    const continuity = createContinuity();
    continuity.handled(messages(0, 5));
    expect(continuity.isWhole(places(6, 0))).toBe(true);
    continuity.handled(messages(0, 6, 7));
    continuity.handled(messages(0, 7, 8));
    continuity.handled(messages(1, 0));
    expect(continuity.isWhole(places(9, 1))).toBe(true);
    // One that is handled already, and not written down yet.
    continuity.handled(messages(1, 1));
    expect(continuity.isWhole(places(9, 1))).toBe(true);
    expect(continuity.isWhole(places(9, 2))).toBe(true);
  });

  it('is not when messages are missing before those that come', () => {
    const continuity = createContinuity();
    continuity.isWhole(places(6, 0));
    expect(continuity.handled(messages(0, 6, 7))).toBe(true);
    expect(continuity.handled(messages(0, 9))).toBe(false);
    expect(continuity.handled(messages(0, 10))).toBe(true);
  });

  it.each<[string, (number | undefined)[]]>([
    ['the reader was moved on without messages', [9, 0]],
    ['the log has forgotten the reader', [undefined, 0]],
    ['it is another log, that is younger', [2, 0]],
  ])('is not when %s; from then on it is again', (_, now) => {
    const continuity = createContinuity();
    expect(continuity.isWhole(places(6, 0))).toBe(true);
    expect(continuity.isWhole(places(...now))).toBe(false);
    continuity.handled(messages(1, 0));
    expect(continuity.isWhole(places(now[0], 1))).toBe(true);
  });
});
