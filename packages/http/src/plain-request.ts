import type { IncomingHttpHeaders } from 'node:http';

/** A POST that came in one piece, with nothing about it that only node:http could judge. */
export type PlainRequest = {
  /** As node:http would have read them. */
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const MAX_HEAD_BYTES = 8 * 1024;
const START = /POST (\S+) HTTP\/1\.1\r\n/y;
/** A strict part of what HTTP allows: what is written in any other way is not looked at here. */
const LINE = /([A-Za-z][A-Za-z0-9-]*):([\t -~]*)\r\n/y;
const LENGTH = /^\d{1,8}$/;
/** What would make it another message than it looks like, or want another answer than the usual one. */
const UNUSUAL: ReadonlySet<string> = new Set([
  'transfer-encoding',
  'content-encoding',
  'trailer',
  'expect',
  'upgrade',
  'origin',
]);

/** Reads a POST to one of the paths; undefined for bytes that are anything else than one such request from its first to its last. */
export function readPlain(bytes: Buffer, paths: ReadonlySet<string>): PlainRequest | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end === -1 || end > MAX_HEAD_BYTES) return undefined;
  const head = bytes.toString('latin1', 0, end + 2);
  START.lastIndex = 0;
  const [start, path = ''] = START.exec(head) ?? [];
  const headers = start !== undefined && paths.has(path) && readLines(head, start.length);
  const body = bytes.subarray(end + END_OF_HEAD.length);
  return headers && isWhole(headers, body) ? { headers, body } : undefined;
}

/** Undefined as soon as there is one line that is unusual, or that is there twice. */
function readLines(head: string, from: number): IncomingHttpHeaders | undefined {
  const headers: IncomingHttpHeaders = {};
  for (let at = from; at < head.length; at = LINE.lastIndex) {
    LINE.lastIndex = at;
    const [line, name = '', value = ''] = LINE.exec(head) ?? [];
    const key = name.toLowerCase();
    if (line === undefined || UNUSUAL.has(key) || key in headers) return undefined;
    headers[key] = value.trim();
  }
  return headers;
}

function isWhole({ host, connection, 'content-length': length = '' }: IncomingHttpHeaders, body: Buffer): boolean {
  if (!host || (connection !== undefined && connection.toLowerCase() !== 'keep-alive')) return false;
  return LENGTH.test(length) && Number(length) === body.length;
}
