import type { IncomingMessage } from 'node:http';
import { Fault } from '@entrepot/kernel/fault';

/** Reads a body of at most `maxBytes`. @throws Fault BODY_TOO_LARGE as soon as it is known, without reading the rest. */
export async function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const tooLarge = () => new Fault('BODY_TOO_LARGE', `the body is larger than ${maxBytes} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge();
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes);
}

/** @throws Fault BAD_JSON */
export function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (error) {
    throw new Fault('BAD_JSON', `the body is no JSON: ${error instanceof Error ? error.message.slice(0, 100) : ''}`, {
      cause: error,
    });
  }
}
