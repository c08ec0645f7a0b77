import type { IncomingMessage } from 'node:http';
import { Fault } from '@entrepot/kernel/fault';

/** Reads a body of at most `maxBytes`. @throws Fault BODY_TOO_LARGE as soon as it is known, without reading the rest. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const { 'content-length': announced, 'content-encoding': encoding } = request.headers;
  // Unpacking is the cheapest way to turn a small body into a large one; no client of ours needs it.
  if (encoding !== undefined && encoding !== 'identity')
    throw new Fault('UNSUPPORTED_MEDIA_TYPE', 'send the body without a content-encoding');
  if (announced !== undefined && Number(announced) > maxBytes) throw tooLarge(maxBytes);
  // Most bodies come in one packet with their head, and are here once the parser is done with that: they need no listeners.
  await undefined;
  if (!request.complete) return readOn(request, maxBytes);
  const body: Buffer = request.read() ?? NOTHING;
  if (body.length > maxBytes) throw tooLarge(maxBytes);
  return body;
}

function readOn(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (request.destroyed) return reject(cutOff());
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Listeners, and not `for await`: leaving that loop early destroys the connection that the answer must go out on.
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) return void chunks.push(chunk);
      request.off('data', take).pause();
      reject(tooLarge(maxBytes));
    };
    request.on('data', take);
    request.once('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes)));
    request.once('error', () => reject(cutOff()));
    request.once('close', () => {
      if (!request.complete) reject(cutOff());
    });
  });
}

/** @throws Fault BAD_JSON */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 100) : String(error);
    throw new Fault('BAD_JSON', body.length === 0 ? 'the body is empty' : `the body is no JSON: ${reason}`, {
      cause: error,
    });
  }
}

const NOTHING = Buffer.alloc(0);

const tooLarge = (maxBytes: number) => new Fault('BODY_TOO_LARGE', `the body is larger than ${maxBytes} bytes`);

const cutOff = () => new Fault('BAD_REQUEST', 'the connection ended before the body did');
