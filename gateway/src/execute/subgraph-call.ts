import type { GraphQLFormattedError } from 'graphql';
import type { RequestContext } from './request-context.ts';

/** One question to one subgraph, as the executor asks it. */
export type SubgraphCall = {
  readonly subgraph: string;
  /** The text of the operation. */
  readonly query: string;
  /** A hash of subgraph and text, made once for each operation. */
  readonly id: string;
  readonly operationName: string | undefined;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** The JSON text of the variables, without representations. */
  readonly variables: string;
  /** What entities are asked for: each distinct one as JSON text. Their answers are `data._entities`, in this order. */
  readonly representations: readonly string[] | undefined;
  readonly context: RequestContext;
  /** As the context's, of a later moment. */
  readonly fence?: string | undefined;
};

/** Errors are fit for clients, and their paths begin at the subgraph's own answer. */
export type SubgraphAnswer = {
  readonly data: Record<string, unknown> | null;
  readonly errors: readonly GraphQLFormattedError[];
  /** Whether no string in the data has anything that JSON escapes, or that is not ASCII; not known when absent. */
  readonly isPlain?: boolean | undefined;
  /** What the subgraph said of keeping this answer; absent when there is no answer, or one with errors. */
  readonly policy?: AnswerPolicy | undefined;
};

/** As it came: `Cache-Control`, `extensions.cacheTags` and `extensions.entityCacheTags` (those of each entity, in order). */
export type AnswerPolicy = {
  readonly cacheControl: string | undefined;
  readonly cacheTags?: unknown;
  readonly entityCacheTags?: unknown;
};

/** Never rejects: what fails is an answer with coded errors. */
export type AskSubgraph = (call: SubgraphCall) => Promise<SubgraphAnswer>;
