import { NoResponse } from '../no-response.ts';

/** What makes a request's head different from the one before. */
export type RequestHeaders = {
  readonly deadline: number;
  readonly viewer: string | undefined;
  readonly authorization: string | undefined;
  readonly idempotencyKey: string | undefined;
  readonly traceparent: string | undefined;
};

/** Everything but what ends a line or could be taken for its end by anybody. */
const VALUE = /^[\t\x20-\x7e]*$/;
const HOST_AND_PATH = /^[\x21-\x7e]+$/;

/** The lines that all requests to one place begin with. @throws Error when one of them could not stand in a head */
export function createHeadPrefix(
  { host, path }: { host: string; path: string },
  credential: string | undefined,
): string {
  if (!HOST_AND_PATH.test(host) || !HOST_AND_PATH.test(path)) throw new Error('the URL cannot stand in a request');
  const lines = [
    `POST ${path} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    'accept: application/json',
    // A compressed answer could be of any size once it is unpacked, and costs more than a network within a data centre.
    'accept-encoding: identity',
    ...(credential === undefined ? [] : [`x-gateway-credential: ${checked(credential)}`]),
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** The question of a health check: whether what is at this path answers with a success. @throws Error as above */
export function createGetHead(host: string, path: string): string {
  if (!HOST_AND_PATH.test(host) || !HOST_AND_PATH.test(path)) throw new Error('the URL cannot stand in a request');
  return `GET ${path} HTTP/1.1\r\nhost: ${host}\r\naccept-encoding: identity\r\n\r\n`;
}

/** @throws NoResponse when a value cannot stand in a head */
export function createHead(prefix: string, headers: RequestHeaders, bodyBytes: number): string {
  const { deadline, viewer, authorization, idempotencyKey, traceparent } = headers;
  let head = `${prefix}content-length: ${bodyBytes}\r\nx-request-deadline: ${deadline}\r\n`;
  if (viewer !== undefined) head += `x-viewer: ${checked(viewer)}\r\n`;
  if (authorization !== undefined) head += `authorization: ${checked(authorization)}\r\n`;
  if (idempotencyKey !== undefined) head += `idempotency-key: ${checked(idempotencyKey)}\r\n`;
  if (traceparent !== undefined) head += `traceparent: ${checked(traceparent)}\r\n`;
  return `${head}\r\n`;
}

function checked(value: string): string {
  if (VALUE.test(value)) return value;
  throw new NoResponse('unavailable', 'a header has a value that cannot be sent', { isUnsent: true });
}
