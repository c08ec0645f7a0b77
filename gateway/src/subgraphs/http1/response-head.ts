/** What of a response's head decides anything. */
export type ResponseHead = {
  readonly status: number;
  readonly cacheControl: string | undefined;
  readonly contentType: string | undefined;
  readonly retryAfter: string | undefined;
  /** Whether the body is compressed, or anything else that we did not ask for. */
  readonly isEncoded: boolean;
  /** Whether the connection stays open afterwards, and for how long at most when the server says so. */
  readonly keepsAlive: boolean;
  readonly keepAliveMs: number | undefined;
  /** The bytes of the body, or how its end is told. */
  readonly body: number | 'chunked' | 'until-close';
};

/** The bytes are no HTTP/1.1 response, or one that two readers could take for different ones. */
export class MalformedResponse extends Error {}

const STATUS_LINE = /HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?\r\n/y;
const FIELD = /([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)\r\n/y;
/** What is read; all other fields decide nothing. */
export const FIELDS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'retry-after',
  'content-type',
  'cache-control',
  'content-length',
  'content-encoding',
  'transfer-encoding',
]);
const LENGTHS = new Set([...FIELDS].map(({ length }) => length));

/**
 * Reads a status line and the fields under it, each with its line break. Strict where leniency has let messages be smuggled: folded
 * lines, bare line feeds, spaces before the colon, two lengths, or a length beside chunks are refused.
 * @throws MalformedResponse
 */
export function readResponseHead(text: string): ResponseHead {
  STATUS_LINE.lastIndex = 0;
  const [line, minor, code] = STATUS_LINE.exec(text) ?? [];
  if (line === undefined) throw new MalformedResponse('no status line');
  const status = Number(code);
  const fields = readFields(text, line.length);
  const options = fields.connection?.toLowerCase() ?? '';
  return {
    status,
    cacheControl: fields.cacheControl,
    contentType: fields.contentType,
    retryAfter: fields.retryAfter,
    isEncoded: fields.contentEncoding !== undefined && fields.contentEncoding.toLowerCase() !== 'identity',
    keepsAlive: options === '' || options === 'keep-alive' ? minor === '1' || options !== '' : false,
    keepAliveMs: readKeepAlive(fields.keepAlive),
    body: status < 200 || status === 204 || status === 304 ? 0 : bodyOf(fields),
  };
}

type Fields = {
  connection?: string;
  keepAlive?: string;
  contentType?: string;
  retryAfter?: string;
  cacheControl?: string;
  contentLength?: string;
  contentEncoding?: string;
  transferEncoding?: string;
};

function readFields(text: string, start: number): Fields {
  const fields: Fields = {};
  FIELD.lastIndex = start;
  while (FIELD.lastIndex < text.length) {
    const [, name = '', value = ''] = FIELD.exec(text) ?? [];
    // A failed match sets lastIndex to 0.
    if (name === '') throw new MalformedResponse('a header field that is none');
    if (LENGTHS.has(name.length)) note(fields, name.toLowerCase(), value.trimEnd());
  }
  return fields;
}

function note(fields: Fields, name: string, value: string): void {
  switch (name) {
    case 'connection':
      fields.connection = join(fields.connection, value);
      break;
    case 'keep-alive':
      fields.keepAlive = value;
      break;
    case 'retry-after':
      fields.retryAfter = value;
      break;
    case 'content-type':
      fields.contentType = value;
      break;
    case 'cache-control':
      fields.cacheControl = join(fields.cacheControl, value);
      break;
    case 'content-encoding':
      fields.contentEncoding = join(fields.contentEncoding, value);
      break;
    case 'content-length':
      if (fields.contentLength !== undefined) throw new MalformedResponse('two lengths');
      fields.contentLength = value;
      break;
    case 'transfer-encoding':
      fields.transferEncoding = join(fields.transferEncoding, value);
  }
}

const join = (before: string | undefined, value: string) => (before === undefined ? value : `${before}, ${value}`);

function bodyOf({ transferEncoding, contentLength }: Fields): ResponseHead['body'] {
  if (transferEncoding !== undefined) {
    if (contentLength !== undefined) throw new MalformedResponse('a length beside a transfer encoding');
    if (transferEncoding.toLowerCase() !== 'chunked') throw new MalformedResponse('an unknown transfer encoding');
    return 'chunked';
  }
  if (contentLength === undefined) return 'until-close';
  if (!/^\d{1,15}$/.test(contentLength)) throw new MalformedResponse('a length that is no number');
  return Number(contentLength);
}

function readKeepAlive(value: string | undefined): number | undefined {
  const [, seconds] = /(?:^|[,\s])timeout=(\d{1,6})(?:$|[,\s])/i.exec(value ?? '') ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}
