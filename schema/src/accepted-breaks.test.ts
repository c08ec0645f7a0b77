import { expect, it } from 'vitest';
import { readAcceptedBreaks } from './accepted-breaks.ts';

it('reads what was agreed to', () => {
  const list = [{ coordinate: 'User.fax', reason: 'nobody has one' }];
  expect(readAcceptedBreaks(JSON.stringify(list))).toEqual(list);
});

it.each(['{}', '[{"coordinate":"User.fax"}]', '[{"coordinate":"User.fax","reason":""}]', '[1]'])(
  'refuses %s',
  (text) => {
    expect(() => readAcceptedBreaks(text)).toThrow('accepted-breaks.json');
  },
);
