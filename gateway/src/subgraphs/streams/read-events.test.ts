import { describe, expect, it } from 'vitest';
import { readerFor, type StreamMessage } from './read-events.ts';

const LIMITS = { maxLength: 1_000 };

/** What is read of a text that comes in pieces of this many characters. */
function read(contentType: string, text: string, size = text.length): StreamMessage[] {
  const messages: StreamMessage[] = [];
  const push = readerFor(contentType, (message) => void messages.push(message), LIMITS);
  if (!push) throw new Error('no stream');
  for (let at = 0; at < text.length; at += size) push(text.slice(at, at + size));
  return messages;
}
const event = (payload: unknown) => ({ kind: 'event', payload, bytes: JSON.stringify(payload).length });
const complete = { kind: 'complete' };

const EVENT_STREAM =
  ':\n\nevent: next\ndata: {"data":{"a":1}}\n\nevent:next\ndata:{"data":{"a":2}}\n\nevent: complete\n\n';
const MULTIPART =
  '--graphql\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql\r\ncontent-type: application/json\r\n\r\n' +
  '{"payload":{"data":{"a":1}}}\r\n--graphql--\r\n';

describe.each([1, 2, 7, 1_000])('in pieces of %i', (size) => {
  it('server-sent events are read, whatever ends their lines', () => {
    const told = [event({ data: { a: 1 } }), event({ data: { a: 2 } }), complete];
    for (const end of ['\n', '\r\n', '\r'])
      expect(read('text/event-stream; charset=utf-8', EVENT_STREAM.replaceAll('\n', end), size)).toEqual(
        // The last line's end could be half of one.
        end === '\r' ? told.slice(0, 2) : told,
      );
  });

  it('parts are read, and signs of life are none', () => {
    const [first, last] = read('multipart/mixed; boundary="graphql"; subscriptionSpec="1.0"', MULTIPART, size);
    expect(first).toMatchObject({ kind: 'event', payload: { data: { a: 1 } } });
    expect(last).toEqual(complete);
  });
});

it('several lines of data are one event, and one without a name is one', () => {
  expect(read('text/event-stream', 'data: {"data":\ndata: {"a":1}}\n\n')).toEqual([
    { kind: 'event', payload: { data: { a: 1 } }, bytes: 17 },
  ]);
  expect(read('text/event-stream', 'event: other\ndata: {}\n\n')).toEqual([]);
});

it('a part with errors and no payload is the end', () => {
  const part = '--x\r\n\r\n{"payload":null,"errors":[{"message":"no"}]}\r\n--x--\r\n';
  expect(read('multipart/mixed;boundary=x', part)[0]).toEqual({ kind: 'refused', errors: [{ message: 'no' }] });
});

it.each([
  ['text/event-stream', 'event: next\ndata: {"data"\n\n'],
  ['text/event-stream', `data: ${'x'.repeat(1_001)}`],
  ['text/event-stream', 'data: {"a":1}\n'.repeat(200)],
  ['multipart/mixed; boundary=x', '--x\r\n\r\n[1\r\n--x'],
  ['multipart/mixed; boundary=x', `--x\r\n\r\n${'x'.repeat(1_001)}`],
])('what is not of the protocol, or too large, is refused: %s', (type, text) => {
  expect(() => read(type, text)).toThrow();
});

it('what is no stream has no reader', () => {
  expect(readerFor('application/json', () => {}, LIMITS)).toBeUndefined();
  expect(readerFor(undefined, () => {}, LIMITS)).toBeUndefined();
});
