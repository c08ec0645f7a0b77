import { AsyncLocalStorage } from 'node:async_hooks';
import { takeRandom } from '@entrepot/kernel/random';

/** Where we are in a distributed trace (W3C Trace Context, level 1). */
export type Trace = { readonly traceId: string; readonly spanId: string; readonly sampled: boolean };

/** A span begins when it is first looked at: what is served from a cache needs none. */
type Span = { readonly traceparent: string | undefined; trace: Trace | undefined };

const storage = new AsyncLocalStorage<Span>();
const HEADER = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const ZEROS = /^0+$/;

/** Runs `act` as a new span of the trace that `traceparent` names, or of a new trace when it is absent or malformed. */
export function runWithTrace<T>(traceparent: string | undefined, act: () => T): T {
  return storage.run({ traceparent, trace: undefined }, act);
}

export function currentTrace(): Trace | undefined {
  const span = storage.getStore();
  if (span) span.trace ??= begin(span);
  return span?.trace;
}

/** The current span as a `traceparent` for whatever is called from here; undefined outside of any trace. */
export function traceparent(): string | undefined {
  const trace = currentTrace();
  return trace && `00-${trace.traceId}-${trace.spanId}-${trace.sampled ? '01' : '00'}`;
}

function begin({ traceparent }: Span): Trace {
  const parent = traceparent === undefined ? undefined : parse(traceparent);
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
