export type NoResponseReason = 'timeout' | 'unavailable' | 'cancelled';

type Circumstances = ErrorOptions & {
  /** Nothing of the request can have reached the other side. */
  isUnsent?: boolean;
  /** A kept connection was closed before the first byte of a response: its other end had most likely given it up before. */
  isCutOff?: boolean;
  /** Nobody listens there: whoever else asks there now will not be answered either. */
  isRefused?: boolean;
};

/** Why there is no response. The message is for logs. */
export class NoResponse extends Error {
  readonly reason: NoResponseReason;
  readonly isUnsent: boolean;
  readonly isCutOff: boolean;
  readonly isRefused: boolean;

  constructor(reason: NoResponseReason, message: string, circumstances: Circumstances = {}) {
    super(message, circumstances);
    this.reason = reason;
    this.isUnsent = circumstances.isUnsent ?? false;
    this.isCutOff = circumstances.isCutOff ?? false;
    this.isRefused = circumstances.isRefused ?? false;
  }
}

export const asNoResponse = (error: unknown): NoResponse =>
  error instanceof NoResponse
    ? error
    : new NoResponse('unavailable', error instanceof Error ? error.message : String(error), { cause: error });
