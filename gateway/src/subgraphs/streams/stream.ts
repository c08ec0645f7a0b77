import { isIP } from 'node:net';
import type { SubgraphCall } from '../../execute/subgraph-call.ts';
import type { Address } from '../addresses.ts';

/** A subscription for which a subgraph is to be asked. */
export type StreamCall = {
  readonly subgraph: string;
  /** Where its supergraph says that it is. */
  readonly url: string;
  readonly call: SubgraphCall;
};

/** Whoever a stream is opened for. Nothing comes after its end. */
export type StreamSink = {
  /** From now on nothing is missed. */
  opened(): void;
  /** As the subgraph sent it: an answer of GraphQL, if all is well. */
  event(payload: unknown, bytes: number): void;
  ended(end: StreamEnd): void;
};

export type StreamEnd =
  /** There is nothing more to come. */
  | { readonly kind: 'complete' }
  /** By the subgraph, with these errors. */
  | { readonly kind: 'refused'; readonly errors: readonly unknown[] }
  /** Somewhere on the way. */
  | { readonly kind: 'lost'; readonly reason: string };

/** Returns how to close it. */
export type OpenStream = (call: StreamCall, sink: StreamSink) => () => void;

/** What tells a subgraph who asks, whatever brings it there. */
export type StreamHeaders = Readonly<Record<string, string>>;

/** Of one event. */
export const MAX_EVENT_BYTES = 4 * 1024 * 1024;

export const lost = (reason: string): StreamEnd => ({ kind: 'lost', reason });

/** An address is no name to ask for, but the certificate must bear it all the same. */
export const tlsOptionsOf = ({ target: { tlsName } }: Address) =>
  tlsName === undefined ? {} : { servername: isIP(tlsName) === 0 ? tlsName : '' };
