/** Stable codes of errors that a program or an operator must mend; they reach clients as `extensions.code`. */
export type FaultCode =
  | 'UNAUTHENTICATED'
  | 'FORBIDDEN'
  | 'INVALID_ARGUMENT'
  | 'INVALID_ID'
  | 'INVALID_CURSOR'
  | 'NOT_GATEWAY'
  | 'UNAVAILABLE'
  | 'OVERLOADED'
  | 'RATE_LIMITED'
  | 'TIMEOUT'
  | 'BODY_TOO_LARGE'
  | 'BAD_JSON'
  | 'BAD_REQUEST'
  | 'OPERATION_TOO_LARGE'
  | 'COST_TOO_HIGH'
  | 'UNAUTHORIZED_FIELD_OR_TYPE'
  | 'OPERATION_RESOLUTION_FAILURE'
  | 'UNTRUSTED_DOCUMENT'
  | 'METHOD_NOT_ALLOWED'
  | 'NOT_ACCEPTABLE'
  | 'UNSUPPORTED_MEDIA_TYPE'
  | 'NOT_FOUND'
  | 'INTERNAL_SERVER_ERROR';

type FaultOptions = ErrorOptions & { retryAfterS?: number };

/** An error whose message and code may be shown to the client. Everything that is no Fault or Rejection stays hidden. */
export class Fault extends Error {
  readonly code: FaultCode;
  /** When the same may be asked again, where that is known. */
  readonly retryAfterS: number | undefined;

  constructor(code: FaultCode, message: string, { retryAfterS, ...options }: FaultOptions = {}) {
    super(message, options);
    this.name = 'Fault';
    this.code = code;
    this.retryAfterS = retryAfterS;
  }
}
