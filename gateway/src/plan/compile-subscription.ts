import { addError, type Run } from '../execute/run.ts';
import { compileVariables } from './compile-fetch.ts';
import { compilePlan, type PlanFacts } from './compile-plan.ts';
import { compileRewrites } from './compile-rewrites.ts';
import type { Given } from './operation-variables.ts';
import type { SubscriptionNode } from './plan-nodes.ts';
import type { Executed, PreparedSubscription, Variables } from './prepared-operation.ts';

export type SubscriptionParts = {
  readonly node: SubscriptionNode;
  readonly facts: PlanFacts;
  readonly coerce: (variables: Variables) => Given;
  readonly finish: (run: Run) => Executed;
};

/** Compiles a subscription: what its source is asked, and how each of its events is completed through the graph. */
export function compileSubscription({ node, facts, coerce, finish }: SubscriptionParts): PreparedSubscription {
  const { serviceName, operation, operationName, variableUsages, outputRewrites } = node.primary;
  const writeVariables = compileVariables(variableUsages ?? []);
  const rest = compilePlan(node.rest, facts);
  const rewrite = compileRewrites(outputRewrites, facts);
  return {
    subgraph: serviceName,
    query: operation,
    operationName,
    variables(variables) {
      const given = coerce(variables);
      return 'refused' in given ? given : { variables: writeVariables(given.variables) };
    },
    async complete({ data, errors = [] }, variables, context, ask) {
      const given = coerce(variables);
      if ('refused' in given) return given.refused;
      const run: Run = { data: data ?? {}, errors: [], explained: new Set(), ...given, context, ask };
      for (const error of errors) addError(run, error, error.path);
      if (data === null) run.explained.add(run.data);
      rewrite?.(run.data);
      const running = rest(run);
      if (running !== undefined) await running;
      return finish(run);
    },
  };
}
