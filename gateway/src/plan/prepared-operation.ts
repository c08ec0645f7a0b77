import type { Span } from '@entrepot/telemetry/trace';
import type { GraphQLFormattedError } from 'graphql';
import type { RequestContext } from '../execute/request-context.ts';
import type { AskSubgraph } from '../execute/subgraph-call.ts';
import type { Path } from '../execute/tree.ts';
import type { IncrementalSpec } from './incremental-format.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** An answer as bytes: the whole `{"data":…,"errors":[…]}`. */
export type Executed = {
  readonly body: Buffer;
  readonly errors: readonly GraphQLFormattedError[];
  /** False when it failed before anything was executed: variables that do not fit. `body` has no `data` then. */
  readonly isExecuted: boolean;
};

/** A part of an answer that comes in several (`@defer`), as JSON text. The first has `data`, later ones what came after it. */
export type Payload = {
  readonly body: string;
  readonly errors: readonly GraphQLFormattedError[];
  /** False of the only one when nothing was executed. */
  readonly isExecuted?: boolean;
};

/** Where a subgraph has sent what its schema does not allow, and for which request. */
export type OnInvalid = (paths: readonly Path[], span: Span | undefined) => void;

/** An operation that has been parsed, validated, planned and compiled: all that is left to do is to run it. */
export type PreparedOperation = {
  execute(variables: Variables, context: RequestContext, ask: AskSubgraph): Promise<Executed>;
  /** Only for operations with `@defer`. */
  readonly executeIncrementally?:
    | ((
        variables: Variables,
        context: RequestContext,
        ask: AskSubgraph,
        spec: IncrementalSpec,
      ) => AsyncIterable<Payload>)
    | undefined;
};
