import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Fault, type FaultCode } from '@entrepot/kernel/fault';
import { endLingering } from './linger.ts';

const STATUS: Partial<Record<FaultCode, number>> = {
  BAD_JSON: 400,
  BAD_REQUEST: 400,
  OPERATION_TOO_LARGE: 400,
  COST_TOO_HIGH: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  INVALID_ARGUMENT: 400,
  UNAUTHENTICATED: 401,
  NOT_GATEWAY: 401,
  FORBIDDEN: 403,
  UNTRUSTED_DOCUMENT: 403,
  UNAUTHORIZED_FIELD_OR_TYPE: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  NOT_ACCEPTABLE: 406,
  BODY_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  OVERLOADED: 503,
  TIMEOUT: 504,
};

/** What the protocol demands beside the status. */
const HEADERS: Partial<Record<FaultCode, Readonly<Record<string, string>>>> = {
  UNAUTHENTICATED: { 'www-authenticate': 'Bearer' },
  METHOD_NOT_ALLOWED: { allow: 'GET, POST' },
  // The rest of the body is not read, so nothing else can be asked on this connection.
  BODY_TOO_LARGE: { connection: 'close' },
};

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: OutgoingHttpHeaders = {},
): void {
  response.end(writeJsonHead(response, status, value, headers));
}

/** One GraphQL error with its code, also for requests that never came to be GraphQL. Anything but a Fault stays hidden. */
export function sendError(response: ServerResponse, error: unknown): void {
  const fault = error instanceof Fault ? error : new Fault('INTERNAL_SERVER_ERROR', 'something went wrong on our side');
  const { status, headers } = faultHead(fault);
  const body = writeJsonHead(response, status, errorBody(fault), headers);
  if (fault.code === 'BODY_TOO_LARGE') endLingering(response, body);
  else response.end(body);
}

/** The status and the headers of an answer that consists of this fault. */
export function faultHead({ code, retryAfterS }: Pick<Fault, 'code' | 'retryAfterS'>): {
  status: number;
  headers: Readonly<Record<string, string>>;
} {
  const retry = retryAfterS === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterS)) };
  return { status: STATUS[code] ?? 500, headers: { 'cache-control': 'no-store', ...HEADERS[code], ...retry } };
}

/** The shape of every error that leaves a process. */
export function errorBody({ code, message }: Pick<Fault, 'code' | 'message'>) {
  return { errors: [{ message, extensions: { code } }] };
}

function writeJsonHead(response: ServerResponse, status: number, value: unknown, headers: OutgoingHttpHeaders): string {
  const body = JSON.stringify(value);
  const contentHeaders = {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
  };
  response.writeHead(status, { ...contentHeaders, ...headers });
  return body;
}
