import { expect, it } from 'vitest';
import { cancelled } from './contract.fixture.ts';
import { parseEnvelope, serialise, UNREADABLE } from './envelope.ts';

it('comes back as it went', () => {
  const { envelope } = cancelled();
  expect(parseEnvelope(serialise(envelope))).toEqual(envelope);
  expect(serialise('text')).toBe('text');
});

it.each([undefined, '', 'no json', 'null', '7', '[]', '{"type":7,"id":"a"}', '{"type":"a"}'])(
  'takes %j for unreadable',
  (text) => {
    expect(parseEnvelope(text)).toMatchObject({ type: UNREADABLE, id: '', data: text });
  },
);
