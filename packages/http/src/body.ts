import type { IncomingMessage } from 'node:http';
import { Fault } from '@entrepot/kernel/fault';

/** Reads a body of at most `maxBytes`. @throws Fault BODY_TOO_LARGE as soon as it is known, without reading the rest. */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const { 'content-length': announced, 'content-encoding': encoding } = request.headers;
    const refuseSize = () => reject(new Fault('BODY_TOO_LARGE', `the body is larger than ${maxBytes} bytes`));
    // Unpacking is the cheapest way to turn a small body into a large one; no client of ours needs it.
    if (encoding !== undefined && encoding !== 'identity')
      return reject(new Fault('UNSUPPORTED_MEDIA_TYPE', 'send the body without a content-encoding'));
    if (announced !== undefined && Number(announced) > maxBytes) return refuseSize();

    const chunks: Buffer[] = [];
    let bytes = 0;
    // Listeners, and not `for await`: leaving that loop early destroys the connection that the answer must go out on.
    const take = (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBytes) return void chunks.push(chunk);
      request.off('data', take).pause();
      refuseSize();
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

const cutOff = () => new Fault('BAD_REQUEST', 'the connection ended before the body did');
