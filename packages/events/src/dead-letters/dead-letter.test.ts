import { expect, it } from 'vitest';
import { cancelled } from '../contract.fixture.ts';
import type { LogMessage, OutgoingMessage } from '../log.ts';
import { deadLetter, original, settled, unsettled } from './dead-letter.ts';

let offset = 0;
const asRead = ({ topic, key, envelope }: OutgoingMessage): LogMessage => {
  if (typeof envelope === 'string') throw new Error('expected an envelope');
  return { topic, partition: 0, offset: `${offset++}`, key, envelope };
};
const event = () => asRead(cancelled());
const letter = (failure: unknown = new Error('poison')) => asRead(deadLetter('stock', event(), failure));

it('tells who could not handle what, why, and where it came from', () => {
  const message = event();
  const [read] = unsettled([asRead(deadLetter('stock', message, new TypeError('poison')))]);
  expect(read).toMatchObject({ consumer: 'stock', reason: 'TypeError: poison', ...message });
});

it('has a reason of bounded length, whatever was thrown', () => {
  expect(unsettled([letter(new Error('x'.repeat(10_000)))])[0]?.reason.length).toBe(2_000);
  expect(unsettled([letter('text')])[0]?.reason).toBe('text');
});

it('is settled once somebody has dealt with it, in whatever order that is read', () => {
  const [first, second] = [letter(), letter()];
  const done = unsettled([first]).map((each) => asRead(settled(each, 'discarded')));
  expect(unsettled([first, second, ...done]).map(({ id }) => id)).toEqual([second.envelope.id]);
  expect(unsettled([...done, first])).toEqual([]);
});

it('gives its event back for the one consumer that could not handle it', () => {
  const message = event();
  const [read] = unsettled([asRead(deadLetter('stock', message, 'no'))]);
  expect(read && original(read)).toEqual({
    topic: message.topic,
    key: message.key,
    envelope: { ...message.envelope, replayfor: 'stock' },
  });
});
