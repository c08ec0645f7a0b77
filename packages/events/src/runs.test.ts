import { describe, expect, it } from 'vitest';
import type { EventHandler } from './handlers.ts';
import type { LogMessage } from './log.ts';
import { cutIntoRuns } from './runs.ts';

const handler = (isBatch: boolean): EventHandler => ({ types: [], isBatch, prepare: () => async () => {} });
const batches = handler(true);
const others = handler(true);
const singles = handler(false);
const HANDLERS: Record<string, EventHandler> = { b: batches, o: others, s: singles };

const message = (type: string, offset: number): LogMessage => ({
  topic: 'topic',
  partition: 0,
  offset: `${offset}`,
  key: 'key',
  envelope: {
    specversion: '1.0',
    id: '',
    source: '',
    type,
    subject: '',
    time: '',
    datacontenttype: 'application/json',
    data: undefined,
  },
});
/** One letter an event: `b` and `o` are handled in batches, `s` alone, `-` by nobody. */
const cut = (types: string, alone: readonly number[] = []) =>
  cutIntoRuns(
    [...types].map(message),
    ({ envelope }) => HANDLERS[envelope.type],
    ({ offset }) => alone.includes(Number(offset)),
  ).map(({ messages, end }) => [messages.map(({ offset }) => Number(offset)), end]);

describe('a batch is cut', () => {
  it('not at all for one handler of many', () => expect(cut('bbb')).toEqual([[[0, 1, 2], 3]]));
  it('where the handler changes', () =>
    expect(cut('bbob')).toEqual([
      [[0, 1], 2],
      [[2], 3],
      [[3], 4],
    ]));
  it('after each event for a handler of one', () =>
    expect(cut('ss')).toEqual([
      [[0], 1],
      [[1], 2],
    ]));
  it('not by what nobody handles', () => expect(cut('-b--b-')).toEqual([[[1, 4], 5]]));
  it('around what is to come alone', () =>
    expect(cut('bbbbb', [1, 2])).toEqual([
      [[0], 1],
      [[1], 2],
      [[2], 3],
      [[3, 4], 5],
    ]));
  it('into nothing when nobody handles any of it', () => expect(cut('--')).toEqual([]));
});
