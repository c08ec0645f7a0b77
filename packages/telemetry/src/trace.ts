import { AsyncLocalStorage } from 'node:async_hooks';
import { takeRandom } from '@entrepot/kernel/random';

/** Where we are in a distributed trace (W3C Trace Context, level 1). */
export type Trace = { readonly traceId: string; readonly spanId: string; readonly sampled: boolean };

/**
 * A part of a trace that is done here. It begins when it is first looked at: what is served from a cache needs none. Whoever
 * serves thousands of requests a second passes it on by hand, because asynchronous context costs each of their promises.
 */
export type Span = {
  /** As it came; undefined for the begin of a trace. */
  readonly received: string | undefined;
  trace: Trace | undefined;
  header: string | undefined;
};

const storage = new AsyncLocalStorage<Span>();
const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** Runs `act` as a new span of the trace that `traceparent` names, or of a new trace when it is absent or malformed. */
export function runWithTrace<T>(traceparent: string | undefined, act: () => T): T {
  return storage.run(openSpan(traceparent), act);
}

/** A new span of the trace that a `traceparent` header names, or of a new trace when it is absent or malformed. */
export const openSpan = (received: string | undefined): Span => ({ received, trace: undefined, header: undefined });

/** Runs `act`, and whatever follows from it, so that `currentTrace` tells of this span; without one, of what it told before. */
export function runInSpan<T>(span: Span | undefined, act: () => T): T {
  return span ? storage.run(span, act) : act();
}

export function traceOf(span: Span): Trace {
  span.trace ??= begin(span);
  return span.trace;
}

/** The span as a `traceparent` for whatever is called from it. */
export function traceparentOf(span: Span): string {
  if (span.header === undefined) {
    const { traceId, spanId, sampled } = traceOf(span);
    span.header = `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
  }
  return span.header;
}

export function currentTrace(): Trace | undefined {
  const span = storage.getStore();
  return span && traceOf(span);
}

/** The current span as a `traceparent` for whatever is called from here; undefined outside of any trace. */
export function traceparent(): string | undefined {
  const span = storage.getStore();
  return span && traceparentOf(span);
}

function begin({ received }: Span): Trace {
  const parent = received === undefined ? undefined : parse(received);
  return {
    traceId: parent?.traceId ?? takeRandom(16).toString('hex'),
    spanId: takeRandom(8).toString('hex'),
    sampled: parent?.sampled ?? true,
  };
}

function parse(header: string): Pick<Trace, 'traceId' | 'sampled'> | undefined {
  const [, version, traceId, spanId, flags, rest] = HEADER.exec(header) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Later versions may append to the header, version 00 may not; version ff and ids of zeros are forbidden.
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined;
  if (ZEROS.test(traceId) || ZEROS.test(spanId)) return undefined;
  return { traceId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
