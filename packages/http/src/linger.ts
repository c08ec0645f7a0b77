import type { ServerResponse } from 'node:http';

/** As nginx's lingering_close: whoever sends on and on has had their answer. */
const LIMIT_MS = 1_000;
const LIMIT_BYTES = 16 * 1024 * 1024;

/**
 * Ends a response whose request was not read to its end. A connection that is closed with bytes unread is reset, and the
 * reset may overtake the answer; so what still comes is thrown away for a while, until the client has seen the answer.
 */
export function endLingering(response: ServerResponse, body: string): void {
  const { req: request } = response;
  response.write(body);
  let bytes = 0;
  const end = () => {
    clearTimeout(timer);
    request.pause();
    response.end();
  };
  const timer = setTimeout(end, LIMIT_MS);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > LIMIT_BYTES) end();
  });
  request.once('close', end);
  request.once('end', end);
  request.resume();
}
