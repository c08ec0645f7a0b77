/** What an answer's body is given to while it arrives. The bytes of a part are others as soon as the call has ended. */
export type Sink = { take(part: Buffer): void };

export type AnswerReader = {
  /** Reads the first so many of the bytes. @throws when they are no answer, or one whose length is unknown */
  read(bytes: Buffer, length: number): void;
  /** False once the other end has said that it will close the connection. */
  isKept(): boolean;
};

type Reading = 'head' | 'body' | 'size' | 'data' | 'end of data' | 'last lines';

const MAX_LINE_BYTES = 65_536;

/** Reads the answers of one connection and puts nothing of them together, because the load generator shares a core with the subgraphs. */
export function createAnswerReader(sink: Sink, onEnd: (status: number) => void): AnswerReader {
  let reading: Reading = 'head';
  /** Of a head, or of a line between chunks, what has been read of it. */
  let text = '';
  let missing = 0;
  let status = 0;
  let isKept = true;

  const finish = () => {
    reading = 'head';
    onEnd(status);
  };
  const readHead = (head: string) => {
    status = Number(head.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    if (length === undefined && !/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error(`no length: ${head}`);
    if (/\r\nconnection: *close/i.test(head)) isKept = false;
    missing = Number(length ?? 0);
    reading = length === undefined ? 'size' : 'body';
    if (length === '0') finish();
  };
  const readLine = (line: string) => {
    if (reading === 'head') readHead(line);
    else if (reading === 'end of data') reading = 'size';
    else if (reading === 'size') {
      missing = Number.parseInt(line, 16);
      if (Number.isNaN(missing)) throw new Error(`no size of a chunk: ${line}`);
      reading = missing === 0 ? 'last lines' : 'data';
    } else if (line === '') finish();
  };
  /** Text up to an end, and where it goes on after that; undefined until the end is there. */
  const until = (end: string, bytes: Buffer, from: number, to: number): { line: string; next: number } | undefined => {
    const at = text === '' ? bytes.indexOf(end, from, 'latin1') : -1;
    if (at !== -1 && at + end.length <= to) return { line: bytes.toString('latin1', from, at), next: at + end.length };
    // It comes in parts.
    const known = text.length;
    text += bytes.toString('latin1', from, to);
    const found = text.indexOf(end);
    if (found === -1 && text.length > MAX_LINE_BYTES) throw new Error('a line without end');
    if (found === -1) return undefined;
    const line = text.slice(0, found);
    text = '';
    return { line, next: from + found + end.length - known };
  };
  const step = (bytes: Buffer, from: number, to: number): number => {
    if (reading === 'body' || reading === 'data') {
      const next = Math.min(to, from + missing);
      sink.take(bytes.subarray(from, next));
      missing -= next - from;
      if (missing > 0) return next;
      if (reading === 'body') finish();
      else reading = 'end of data';
      return next;
    }
    const found = until(reading === 'head' ? '\r\n\r\n' : '\r\n', bytes, from, to);
    if (found === undefined) return to;
    readLine(found.line);
    return found.next;
  };
  return {
    read(bytes, length) {
      for (let from = 0; from < length; ) from = step(bytes, from, length);
    },
    isKept: () => isKept,
  };
}
