import type { IncomingHttpHeaders } from 'node:http';
import type { Cancellation } from '@entrepot/kernel/cancellation';
import type { Span } from '@entrepot/telemetry/trace';

/** A request as it came. */
export type Incoming = {
  readonly method: 'GET' | 'POST';
  /** The query part of the URL, with its question mark; empty without one. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  /** Empty for GET. */
  readonly bytes: Buffer;
  /** Of whoever holds the other end of the connection. */
  readonly address: string | undefined;
  /** Where it is in a trace, passed on by hand from here to the subgraphs. */
  readonly span?: Span | undefined;
  /** Aborted when the client leaves before it is answered. Made only for those who ask: a kept answer needs none. */
  readonly signal: () => Cancellation;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Written after the body: a kept one is served to many, who are each told something else at its end. */
  readonly tail?: string | undefined;
  /** Whether it has come by the short way, which needs no reading of HTTP. */
  readonly isAtOnce?: boolean;
};

/** What can be answered at once is, so that it waits for nothing. */
export type AnswerIncoming = (incoming: Incoming) => Answer | Promise<Answer | StreamedAnswer>;

/** An answer that comes in parts, each written when the client has taken the one before. */
export type StreamedAnswer = Omit<Answer, 'body' | 'tail'> & {
  readonly parts: AsyncIterable<string>;
  /** Aborted when the client is to be let go of, since it takes too long. */
  readonly dropped?: AbortSignal | undefined;
};
