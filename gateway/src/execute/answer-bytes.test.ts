import { expect, it } from 'vitest';
import {
  beginBytes,
  putAscii,
  putBytes,
  putPlain,
  putQuoted,
  putText,
  repeatBytes,
  rewindBytes,
  takeBytes,
  writtenBytes,
} from './answer-bytes.ts';

const taken = (write: () => void): string => {
  beginBytes();
  write();
  return takeBytes().toString();
};

it('quotes as JSON does, at every length and with every kind of character at every place', () => {
  const kinds = ['"', '\\', '\n', '\0', '\x1f', '\x7f', '\x80', 'é', '\u2028', '語', '🦊', '\ud800', '\udc00'];
  for (let length = 0; length <= 80; length++) {
    const plain = 'abcdefghij'.repeat(9).slice(0, length);
    for (const put of [putQuoted, putPlain]) expect(taken(() => put(plain))).toBe(JSON.stringify(plain));
    for (const kind of kinds)
      for (const at of [0, length >> 1, length]) {
        const text = plain.slice(0, at) + kind + plain.slice(at);
        expect(taken(() => putQuoted(text))).toBe(JSON.stringify(text));
      }
  }
});

it('has room for any answer, and for small ones again afterwards', () => {
  const long = 'é\u0001'.repeat(3_000_000);
  expect(taken(() => putQuoted(long))).toBe(JSON.stringify(long));
  expect(taken(() => putText(long))).toBe(long);
  const many = taken(() => {
    for (let index = 0; index < 100_000; index++) putAscii('0123456789');
  });
  expect(many).toBe('0123456789'.repeat(100_000));
  expect(taken(() => putBytes(Buffer.from('{}')))).toBe('{}');
});

it('takes back and repeats what was written', () => {
  const text = taken(() => {
    putText('[1,');
    const from = writtenBytes();
    putText('two');
    const to = writtenBytes();
    putAscii(',3');
    rewindBytes(to);
    putAscii('|');
    repeatBytes(from, to);
  });
  expect(text).toBe('[1,two|two');
});

it('gives away bytes that nothing written later changes', () => {
  beginBytes();
  putText('"first"');
  const first = takeBytes();
  taken(() => putText('"other"'));
  expect(first.toString()).toBe('"first"');
});
