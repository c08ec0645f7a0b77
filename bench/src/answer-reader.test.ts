import { describe, expect, it } from 'vitest';
import { createAnswerReader } from './answer-reader.ts';

const WHOLE = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 13\r\n\r\n{"data":null}';
const CHUNKED =
  'HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n6\r\n{"data\r\n7;note=x\r\n":null}\r\n0\r\ntrailer: 1\r\n\r\n';

/** Reads what arrives in these parts, each followed in memory by what an earlier one has left there. */
function read(parts: readonly string[]) {
  const answers: { status: number; body: string }[] = [];
  let body = '';
  const take = (part: Buffer) => {
    body += part.toString('latin1');
  };
  const reader = createAnswerReader({ take }, (status) => {
    answers.push({ status, body });
    body = '';
  });
  const bytes = Buffer.from('\r\n\r\n'.repeat(200));
  for (const part of parts) reader.read(bytes, bytes.write(part, 'latin1'));
  return { answers, isKept: reader.isKept() };
}

describe('createAnswerReader', () => {
  it.each([
    ['a length', WHOLE, 200],
    ['chunks', CHUNKED, 202],
  ])('reads an answer with %s wherever it is cut', (_, text, status) => {
    for (let cut = 1; cut < text.length; cut++) {
      const { answers } = read([text.slice(0, cut), text.slice(cut), text]);
      expect(answers, `cut at ${cut}`).toEqual(Array(2).fill({ status, body: '{"data":null}' }));
    }
  });

  it('reads an answer without a body', () => {
    const { answers } = read(['HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n']);
    expect(answers).toEqual([{ status: 503, body: '' }]);
  });

  it('tells that a connection will be closed', () => {
    expect(read([WHOLE]).isKept).toBe(true);
    expect(read([WHOLE.replace('\r\n', '\r\nConnection: close\r\n')]).isKept).toBe(false);
  });

  it.each(['HTTP/1.1 200 OK\r\n\r\n', CHUNKED.replace('\r\n6', '\r\nsix')])('refuses what has no length', (text) => {
    expect(() => read([text])).toThrow();
  });
});
