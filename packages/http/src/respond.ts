import type { ServerResponse } from 'node:http';
import { Fault, type FaultCode } from '@entrepot/kernel/fault';

const STATUS: Partial<Record<FaultCode, number>> = {
  BAD_JSON: 400,
  BAD_REQUEST: 400,
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  NOT_GATEWAY: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  BODY_TOO_LARGE: 413,
  UNAVAILABLE: 503,
  TIMEOUT: 504,
};

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  const body = JSON.stringify(value);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

/** One GraphQL error with its code, also for requests that never came to be GraphQL. Anything but a Fault stays hidden. */
export function sendError(response: ServerResponse, error: unknown): void {
  const fault = error instanceof Fault ? error : new Fault('INTERNAL_SERVER_ERROR', 'something went wrong on our side');
  const { code, message } = fault;
  // Part of a body may still be on its way and is not read: the connection cannot be used again.
  const headers: Record<string, string> =
    code === 'BODY_TOO_LARGE'
      ? { connection: 'close' }
      : code === 'UNAUTHENTICATED'
        ? { 'www-authenticate': 'Bearer' }
        : {};
  sendJson(
    response,
    STATUS[code] ?? 500,
    { errors: [{ message, extensions: { code } }] },
    { 'cache-control': 'no-store', ...headers },
  );
}
