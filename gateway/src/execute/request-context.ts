import { createPolicyCollector, type PolicyCollector } from '../cache/policy.ts';

/** What one request carries through Apollo Server and the gateway to the subgraphs, and what it brings back. */
export type RequestContext = {
  /** The viewer, as the header by which subgraphs learn it. */
  readonly viewer: string | undefined;
  /** Sent on to the subgraphs; undefined when the gateway has checked the token itself. */
  readonly authorization: string | undefined;
  /** When whoever asked stops waiting (ms since the epoch). */
  deadline: number;
  readonly policy: PolicyCollector;
  operationName: string | undefined;
  isMutation: boolean;
  /** The codes of the answer's errors. */
  errors: readonly string[];
};

export function createRequestContext(
  who: Pick<RequestContext, 'viewer' | 'authorization'>,
  deadline: number,
): RequestContext {
  return {
    ...who,
    deadline,
    policy: createPolicyCollector(),
    operationName: undefined,
    isMutation: false,
    errors: [],
  };
}
