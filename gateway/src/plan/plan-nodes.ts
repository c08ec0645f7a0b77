import type { QueryPlan } from '@apollo/query-planner';

type AnyNode = NonNullable<QueryPlan['node']>;
export type PlanNode = Exclude<AnyNode, { kind: 'Subscription' }>;
export type FetchNode = Extract<AnyNode, { kind: 'Fetch' }>;
export type DeferNode = Extract<AnyNode, { kind: 'Defer' }>;
export type SubscriptionNode = Extract<AnyNode, { kind: 'Subscription' }>;
