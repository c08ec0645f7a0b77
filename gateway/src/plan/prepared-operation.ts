import type { DocumentNode, GraphQLFormattedError } from 'graphql';
import type { RequestContext } from '../execute/request-context.ts';
import type { AskSubgraph } from '../execute/subgraph-call.ts';

export type Variables = Readonly<Record<string, unknown>>;

/** An answer as text: the whole `{"data":…,"errors":[…]}`. */
export type Executed = {
  readonly body: string;
  readonly errors: readonly GraphQLFormattedError[];
  /** False when it failed before anything was executed: variables that do not fit. `body` has no `data` then. */
  readonly isExecuted: boolean;
};

/** A part of an answer that comes in several (`@defer`), as JSON text. The first has `data`, all later ones `incremental`. */
export type Payload = { readonly body: string; readonly errors: readonly GraphQLFormattedError[] };

/** An operation that has been parsed, validated, planned and compiled: all that is left to do is to run it. */
export type PreparedOperation = {
  readonly type: 'query' | 'mutation' | 'subscription';
  readonly name: string | undefined;
  readonly document: DocumentNode;
  execute(variables: Variables, context: RequestContext, ask: AskSubgraph): Promise<Executed>;
  /** Only for operations with `@defer`. */
  readonly executeIncrementally?:
    | ((variables: Variables, context: RequestContext, ask: AskSubgraph) => AsyncIterable<Payload>)
    | undefined;
  /** Only for subscriptions: what to ask the source stream for, and what each of its events becomes. */
  readonly subscription?: PreparedSubscription | undefined;
};

export type PreparedSubscription = {
  /** The subgraph whose event starts each answer, and the operation to subscribe with there. */
  readonly subgraph: string;
  readonly query: string;
  readonly operationName: string | undefined;
  /** The variables for that operation, or the answer that says why they do not fit. */
  variables(variables: Variables): { readonly variables: string } | { readonly refused: Executed };
  /** Completes one event through the graph. */
  complete(
    event: { readonly data: Record<string, unknown> | null; readonly errors?: readonly GraphQLFormattedError[] },
    variables: Variables,
    context: RequestContext,
    ask: AskSubgraph,
  ): Promise<Executed>;
};

/** What this viewer may not see of an operation; equal keys mean equal denials. */
export type Denials = {
  readonly key: string;
  /** The operation without the denied selections. */
  readonly document: DocumentNode;
  has(objectType: string, field: string): boolean;
};
