import type { StreamEnd } from './stream.ts';

export type StreamMessage = { readonly kind: 'event'; readonly payload: unknown; readonly bytes: number } | StreamEnd;
/** Takes the next piece of text. @throws Error for what is not of the protocol */
export type ReadEvents = (text: string) => void;
type Tell = (message: StreamMessage) => void;
type Limits = { readonly maxLength: number };

/** Chooses by the content type of a response how it is read; undefined for what is no stream. */
export function readerFor(contentType: string | undefined, tell: Tell, limits: Limits): ReadEvents | undefined {
  const type = contentType ?? '';
  if (/^text\/event-stream\b/i.test(type)) return readEventStream(tell, limits);
  if (!/^multipart\/mixed\b/i.test(type)) return undefined;
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type) ?? [];
  return readMultipart(quoted ?? bare ?? '-', tell, limits);
}

/** Server-sent events, as graphql-sse and others have them in distinct connections: `next` and `complete`. */
function readEventStream(tell: Tell, { maxLength }: Limits): ReadEvents {
  let rest = '';
  let event = '';
  let data: string[] = [];
  let length = 0;

  const dispatch = () => {
    const text = data.join('\n');
    if (event === 'complete') tell({ kind: 'complete' });
    // One without a name is a `message` to browsers; some servers send no other.
    else if (text !== '' && ['next', 'message', ''].includes(event))
      tell({ kind: 'event', payload: JSON.parse(text), bytes: text.length });
    event = '';
    data = [];
    length = 0;
  };
  const readLine = (line: string) => {
    if (line === '') return dispatch();
    const [, name, value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
    if (name === 'event') event = value;
    if (name === 'data') {
      data.push(value);
      length += value.length;
    }
  };

  return (text) => {
    // A carriage return at the end may be half of a line's end.
    const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? '';
    for (const line of lines) readLine(line);
    if (rest.length + length > maxLength) throw new Error('an event is too large');
  };
}

/** Apollo's protocol for subscriptions over HTTP: each part is `{}`, a sign of life, or has a `payload`. */
function readMultipart(boundary: string, tell: Tell, { maxLength }: Limits): ReadEvents {
  const delimiter = `\r\n--${boundary}`;
  // The first delimiter may be the first line.
  let rest = '\r\n';
  let isBegun = false;

  const readPart = (part: string) => {
    const head = part.indexOf('\r\n\r\n');
    if (head === -1) throw new Error('a part has no body');
    const body = part.slice(head + 4);
    const message: unknown = JSON.parse(body);
    if (typeof message !== 'object' || message === null) throw new Error('a part is no object');
    if ('payload' in message && message.payload !== null)
      tell({ kind: 'event', payload: message.payload, bytes: body.length });
    else if ('errors' in message)
      tell({ kind: 'refused', errors: Array.isArray(message.errors) ? message.errors : [] });
  };

  return (text) => {
    const parts = (rest + text).split(delimiter);
    rest = parts.pop() ?? '';
    for (const part of parts) {
      // What is before the first delimiter is nothing.
      if (isBegun) readPart(part);
      isBegun = true;
    }
    if (isBegun && rest.startsWith('--')) tell({ kind: 'complete' });
    if (rest.length > maxLength) throw new Error('an event is too large');
  };
}
