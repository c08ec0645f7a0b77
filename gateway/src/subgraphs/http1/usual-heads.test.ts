import { expect, it } from 'vitest';
import { MalformedResponse, readResponseHead } from './response-head.ts';
import { createHeadReader } from './usual-heads.ts';

const head = (...lines: string[]) => lines.map((line) => `${line}\r\n`).join('');
const usual = (over: Partial<Record<'status' | 'length' | 'date' | 'cache' | 'tag', string>> = {}) =>
  head(
    `HTTP/1.1 ${over.status ?? '200 OK'}`,
    'Content-Type: application/json',
    `Content-Length: ${over.length ?? '12'}`,
    `Cache-Control: ${over.cache ?? 'max-age=60'}`,
    `ETag: ${over.tag ?? '"a"'}`,
    `Date: ${over.date ?? 'Thu, 26 Nov 2026 10:00:00 GMT'}`,
    'Keep-Alive: timeout=5',
  );

/** What is read of one text after another, or that it is refused. */
function readAll(texts: readonly string[], read: (text: string) => unknown): unknown[] {
  return texts.map((text) => {
    try {
      return read(text);
    } catch (error) {
      if (error instanceof MalformedResponse) return 'refused';
      throw error;
    }
  });
}

const CUT_SHORT = usual().slice(0, -2);
const TEXTS = [
  usual(),
  usual({ length: '345' }),
  usual({ length: '0', date: 'Thu, 26 Nov 2026 10:00:01 GMT', tag: '' }),
  usual({ length: '  7\t' }),
  usual({ length: '999999999999999' }),
  usual({ length: '9999999999999999' }),
  usual({ length: '' }),
  usual({ length: '-1' }),
  usual({ length: '1 2' }),
  usual({ length: '0x10' }),
  usual({ length: '5, 5' }),
  usual({ cache: 'no-store' }),
  usual({ status: '503 Service Unavailable' }),
  usual({ status: '204 No Content' }),
  usual({ status: '304 Not Modified' }),
  usual({ status: '100 Continue' }),
  usual({ date: 'a\0b' }),
  usual({ date: 'a\x7fb' }),
  usual({ date: 'a\nb' }),
  usual({ date: 'ü' }),
  usual({ date: 'a\r\ncontent-length: 4' }),
  usual({ date: 'a\r\ntransfer-encoding: chunked' }),
  usual({ tag: '"a"\r\nx-more: 1' }),
  usual({ date: 'a\r\n b: folded' }),
  `${usual()}x-more: 1\r\n`,
  CUT_SHORT,
  '',
  head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Date: a'),
  head('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Date: bcd'),
  head('HTTP/1.1 200 OK', 'Date: a'),
  head('HTTP/1.1 200 OK', 'Date:'),
  head('HTTP/1.0 200 OK', 'Date: a', 'content-length:3'),
  head('HTTP/1.0 200 OK', 'Date: a', 'content-length:45'),
];

it('reads a head after any other as it is read alone', () => {
  for (const first of TEXTS) {
    for (const second of TEXTS) {
      const texts = [first, second, first, second];
      expect(readAll(texts, createHeadReader())).toEqual(readAll(texts, readResponseHead));
    }
  }
});

it('reads heads of more kinds than it keeps', () => {
  const texts = Array.from({ length: 300 }, (_, index) =>
    usual({ cache: `max-age=${(index * 7) % 40}`, length: String(index) }),
  );
  expect(readAll(texts, createHeadReader())).toEqual(readAll(texts, readResponseHead));
});
