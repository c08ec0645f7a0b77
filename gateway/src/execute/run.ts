import type { GraphQLFormattedError } from 'graphql';
import { clientNameOf } from '../plan/client-names.ts';
import type { Variables } from '../plan/prepared-operation.ts';
import type { Attendance } from './attend.ts';
import type { Walked } from './places.ts';
import type { RequestContext } from './request-context.ts';
import type { AskSubgraph } from './subgraph-call.ts';
import type { Path, Tree } from './tree.ts';

/** One execution of one operation. */
export type Run = {
  /** What has been received so far. */
  readonly data: Tree;
  readonly errors: GraphQLFormattedError[];
  /** Objects of which a part is missing for a reason that is known: an error tells it, or a subgraph does not know the entity. */
  readonly explained: Set<Tree>;
  /** Objects and lists that are in several places, because entities of one representation have one answer. */
  readonly shared: Set<object>;
  /** As they were sent. */
  readonly variables: Variables;
  /** The same, checked and with their defaults. */
  readonly coerced: Variables;
  /** What is known of all that has been received (see SubgraphAnswer), and what was found in it last. */
  readonly received: { isPlain: boolean; walked: Walked | undefined };
  readonly context: RequestContext;
  readonly ask: AskSubgraph;
  /** When it began, by the clock of `performance`. */
  readonly began: number;
  /** Of each meeting of the plan, who has come. */
  readonly attendances: Attendance[];
};

export function startRun(given: Pick<Run, 'variables' | 'coerced'>, context: RequestContext, ask: AskSubgraph): Run {
  return {
    data: {},
    errors: [],
    explained: new Set(),
    shared: new Set(),
    received: { isPlain: true, walked: undefined },
    ...given,
    context,
    ask,
    began: performance.now(),
    attendances: [],
  };
}

/** An answer has come, and will be a part of the data: what was found before is not all that is there. */
export function receive({ received }: Run, isPlain: boolean | undefined): void {
  received.walked = undefined;
  if (!isPlain) received.isPlain = false;
}

/** More tell nobody more, and one entity can be in thousands of places. */
const MAX_ERRORS = 1_000;

export function addError(run: Pick<Run, 'errors'>, error: GraphQLFormattedError, path: Path | undefined): void {
  if (run.errors.length >= MAX_ERRORS) return;
  const { message, extensions } = error;
  const place = path?.map((step) => (typeof step === 'string' ? clientNameOf(step) : step));
  run.errors.push({ message, ...(place && place.length > 0 && { path: place }), ...(extensions && { extensions }) });
}

export const INVALID: GraphQLFormattedError = {
  message: 'a part of the answer is not what the schema promises',
  extensions: { code: 'INVALID_SUBGRAPH_RESPONSE' },
};

export const FAILED: GraphQLFormattedError = {
  message: 'something went wrong on our side',
  extensions: { code: 'INTERNAL_SERVER_ERROR' },
};

/** Whether an error tells already why there is nothing at this path: it is there, above it or below it. */
export function isTold(errors: readonly GraphQLFormattedError[], path: Path): boolean {
  return errors.some(({ path: told }) => {
    if (told === undefined) return true;
    const length = Math.min(told.length, path.length);
    for (let index = 0; index < length; index++) if (told[index] !== path[index]) return false;
    return true;
  });
}
