import { MalformedResponse, type ResponseHead, readResponseHead } from './response-head.ts';

export type HttpResponse = Pick<ResponseHead, 'status' | 'cacheControl' | 'contentType' | 'isEncoded'> & {
  readonly text: string;
  /** Whether the text is ASCII without a backslash, so that no JSON string in it has anything that is escaped. */
  readonly isPlain: boolean;
  readonly retryAfter?: string | undefined;
};

export type ReadResponse = {
  readonly response: HttpResponse;
  readonly keepsAlive: boolean;
  readonly keepAliveMs: number | undefined;
};

export type ResponseReader = {
  /** Takes what has arrived; the buffer is the caller's again afterwards. @throws MalformedResponse */
  read(bytes: Buffer): ReadResponse | undefined;
  /** The other side has closed. @throws MalformedResponse when more should have come */
  end(): ReadResponse;
  /** Whether any byte of a response has come. */
  hasBegun(): boolean;
};

export type ReaderOptions = {
  maxHeadBytes: number;
  maxBodyBytes: number;
  /** What `readResponseHead` is, or does the same. */
  readHead?: (text: string) => ResponseHead;
};

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const END_OF_LINE = Buffer.from('\r\n');
const NOTHING = Buffer.alloc(0);
const LETTER_H = 0x48;
const MAX_CHUNK_LINE = 256;
/** `100 Continue` and the like before the response itself. */
const MAX_INTERIM = 4;
const CHUNK_LINE = /^([0-9a-f]{1,8})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;

type State = 'head' | 'body' | 'until-close' | 'chunk-line' | 'chunk' | 'chunk-end' | 'trailers';

/**
 * Reads one response after another from bytes that may be cut anywhere. The common case, a whole response in one piece,
 * copies nothing: the body becomes a string right out of the bytes that were read.
 */
export function createResponseReader(options: ReaderOptions): ResponseReader {
  const { maxHeadBytes, maxBodyBytes, readHead = readResponseHead } = options;
  let state: State = 'head';
  let head: ResponseHead | undefined;
  let parts: Buffer[] = [];
  /** How many of the parts are copies, not views of bytes that are not ours. */
  let owned = 0;
  let bodyBytes = 0;
  /** What is missing of the body or the chunk. */
  let missing = 0;
  let interim = 0;
  let trailerBytes = 0;
  /** The beginning of a head or a line whose end has not come. */
  let unread: Buffer | undefined;

  const take = (bytes: Buffer, at: number): number => {
    const end = Math.min(bytes.length, at + missing);
    if (end > at) parts.push(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
    missing -= end - at;
    return end;
  };

  const expect = (size: number) => {
    bodyBytes += size;
    if (bodyBytes > maxBodyBytes) throw new MalformedResponse(`a body of more than ${maxBodyBytes} bytes`);
    missing = size;
  };

  const finish = (isAlone: boolean): ReadResponse => {
    if (!head) throw new MalformedResponse('no head');
    const { status, cacheControl, contentType, isEncoded, retryAfter, keepsAlive, keepAliveMs } = head;
    const [only = NOTHING] = parts;
    const bytes = parts.length < 2 ? only : Buffer.concat(parts);
    const text = bytes.toString();
    const isPlain = text.length === bytes.length && !text.includes('\\');
    state = 'head';
    head = undefined;
    parts = [];
    owned = bodyBytes = missing = interim = trailerBytes = 0;
    const response = { status, cacheControl, contentType, isEncoded, retryAfter, text, isPlain };
    // Whoever sends more than it was asked for cannot be understood from here on.
    return { response, keepsAlive: keepsAlive && isAlone, keepAliveMs };
  };

  const beginBody = ({ body }: ResponseHead): void => {
    if (body === 'chunked') state = 'chunk-line';
    else if (body === 'until-close') state = 'until-close';
    else {
      state = 'body';
      expect(body);
    }
  };

  const beginResponse = (text: string): void => {
    const read = readHead(text);
    if (read.status >= 200) {
      head = read;
      beginBody(read);
    } else if (read.status === 101 || ++interim > MAX_INTERIM) {
      throw new MalformedResponse(`status ${read.status}`);
    }
  };

  /** The end of the line that begins at `at`; undefined when it has not come. */
  const lineFrom = (bytes: Buffer, at: number, maxBytes: number): number | undefined => {
    const end = bytes.indexOf(END_OF_LINE, at);
    if ((end === -1 ? bytes.length : end) - at > maxBytes) throw new MalformedResponse('a line without an end');
    return end === -1 ? undefined : end;
  };

  /** Reads the next thing from `at`, and returns where it ends; undefined when its end has not come. */
  const step = (bytes: Buffer, at: number): number | undefined => {
    switch (state) {
      case 'head': {
        if (bytes[at] !== LETTER_H) throw new MalformedResponse('no HTTP');
        const end = bytes.indexOf(END_OF_HEAD, at);
        if ((end === -1 ? bytes.length : end) - at > maxHeadBytes) throw new MalformedResponse('too long a head');
        if (end === -1) return undefined;
        beginResponse(bytes.toString('latin1', at, end + 2));
        return end + 4;
      }
      case 'chunk-line': {
        const end = lineFrom(bytes, at, MAX_CHUNK_LINE);
        if (end === undefined) return undefined;
        const [, size] = CHUNK_LINE.exec(bytes.toString('latin1', at, end)) ?? [];
        if (size === undefined) throw new MalformedResponse('a chunk without a size');
        expect(Number.parseInt(size, 16));
        state = missing === 0 ? 'trailers' : 'chunk';
        return end + 2;
      }
      case 'chunk': {
        const end = take(bytes, at);
        if (missing === 0) state = 'chunk-end';
        return end;
      }
      case 'chunk-end': {
        if (bytes.length - at < 2) return undefined;
        if (bytes[at] !== 13 || bytes[at + 1] !== 10) throw new MalformedResponse('a chunk longer than its size');
        state = 'chunk-line';
        return at + 2;
      }
      default:
        // A body of known length, or until the end.
        if (state === 'until-close') expect(bytes.length - at);
        return take(bytes, at);
    }
  };

  /** Like `step`, for the lines after the last chunk; -1 is the end of the response. */
  const isOver = (bytes: Buffer, at: number): { end: number; over: boolean } | undefined => {
    const end = lineFrom(bytes, at, maxHeadBytes);
    if (end === undefined) return undefined;
    trailerBytes += end - at;
    if (trailerBytes > maxHeadBytes) throw new MalformedResponse('too many trailers');
    return { end: end + 2, over: end === at };
  };

  const keep = (bytes: Buffer, at: number): undefined => {
    unread = at < bytes.length ? Buffer.from(bytes.subarray(at)) : undefined;
    for (; owned < parts.length; owned++) parts[owned] = Buffer.from(parts[owned] ?? '');
  };

  return {
    read(received) {
      const bytes = unread ? Buffer.concat([unread, received]) : received;
      unread = undefined;
      let at = 0;
      for (;;) {
        if (state === 'body' && missing === 0) return finish(at === bytes.length);
        if (at >= bytes.length) return keep(bytes, at);
        if (state === 'trailers') {
          const line = isOver(bytes, at);
          if (!line) return keep(bytes, at);
          at = line.end;
          if (line.over) return finish(at === bytes.length);
        } else {
          const end = step(bytes, at);
          if (end === undefined) return keep(bytes, at);
          at = end;
        }
      }
    },
    end() {
      if (state !== 'until-close') throw new MalformedResponse('the connection was closed before the end');
      return { ...finish(true), keepsAlive: false };
    },
    hasBegun: () => unread !== undefined || head !== undefined || interim > 0,
  };
}
