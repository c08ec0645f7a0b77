import type { IncomingHttpHeaders } from 'node:http';

/** A request as bytes and headers have become values; its body is parsed JSON. */
export type HttpRequest = {
  readonly method: 'GET' | 'POST';
  /** The query part of the URL, with its question mark; empty without one. */
  readonly search: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: unknown;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
};
