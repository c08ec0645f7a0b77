import type { Cancellation } from '@entrepot/kernel/cancellation';
import type { Span } from '@entrepot/telemetry/trace';
import type { Audience } from '../cache/audience.ts';
import { createPolicyCollector, type PolicyCollector } from '../cache/policy.ts';

/** What one request carries through Apollo Server and the gateway to the subgraphs, and what it brings back. */
export type RequestContext = {
  /** The viewer, as the header by which subgraphs learn it. */
  readonly viewer: string | undefined;
  /** Sent on to the subgraphs; undefined when the gateway has checked the token itself. */
  readonly authorization: string | undefined;
  readonly policy: PolicyCollector;
  /** For whom entities may be taken from the cache and kept in it; without one they are all asked for. */
  readonly audience?: Audience | undefined;
  /** Makes a kept answer anew: what the cache has of its parts is of use only where it is fresh. */
  readonly isRefresh?: boolean | undefined;
  /** The moment in the cache's history at which this began: what was asked for at another may be what was purged since. */
  readonly fence?: string | undefined;
  /** Where the request is in a trace; undefined for what was asked by none. */
  readonly span?: Span | undefined;
  /** Tells when nobody waits for the answer any more. */
  readonly signal?: Cancellation | undefined;
  /** Makes it safe to send a mutation again. */
  readonly idempotencyKey?: string | undefined;
  /** An object of its own, because Apollo Server works on a copy of the context: what it assigned there would be lost. */
  readonly known: Known;
};

/** What becomes known of a request while it is executed. */
export type Known = {
  /** When whoever asked stops waiting (ms since the epoch). */
  deadline: number;
  operationName: string | undefined;
  isMutation: boolean;
  /** The codes of the answer's errors; undefined until there is an answer. */
  errors: readonly string[] | undefined;
  /** Undefined until a subgraph is asked. */
  caller?: Caller | undefined;
};

/** Who asks, as lines of the heads of requests to subgraphs. */
export type Caller = {
  /** Viewer and authorization. */
  readonly who: string;
  /** These and the trace. */
  readonly lines: string;
};

export function createRequestContext(
  who: Pick<
    RequestContext,
    'viewer' | 'authorization' | 'signal' | 'idempotencyKey' | 'audience' | 'isRefresh' | 'fence' | 'span'
  >,
  deadline: number,
): RequestContext {
  const known: Known = {
    deadline,
    operationName: undefined,
    isMutation: false,
    errors: undefined,
    caller: undefined,
  };
  return { ...who, policy: createPolicyCollector(), known };
}
