import type { QueryPlan } from '@apollo/query-planner';
import type { PreparedSupergraph } from '../supergraph/prepare-supergraph.ts';

/** What the planner's thread is started with. */
export type PlannerInput = { readonly supergraph: string };

/** What is known of a supergraph without its planner. */
export type SupergraphFacts = Pick<PreparedSupergraph, 'policies' | 'costs' | 'cacheTags' | 'hasChains'> & {
  /** The schema that clients see, `@defer` included. */
  readonly apiSdl: string;
  /** Each abstract type of the supergraph, hidden ones too, with everything that is one of it. */
  readonly subtypes: ReadonlyMap<string, ReadonlySet<string>>;
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[];
  /** What the fields of its types are called, hidden ones too. */
  readonly fieldNames: ReadonlySet<string>;
  /** The labels of its progressive `@override`s. */
  readonly labels: readonly string[];
};

export type PlanQuestion = {
  readonly query: string;
  readonly operationName: string | undefined;
  /** The labels of `@override` that hold for this plan. */
  readonly active: readonly string[];
};

export type PlannerReply =
  | { readonly kind: 'ready'; readonly facts: SupergraphFacts }
  | { readonly kind: 'unusable'; readonly reason: string }
  | { readonly kind: 'planned'; readonly plan: QueryPlan }
  | { readonly kind: 'failed'; readonly reason: string; readonly code: string | undefined };
