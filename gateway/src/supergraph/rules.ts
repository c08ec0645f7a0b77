import type { GraphQLSchema } from 'graphql';
import { type Authorization, createAuthorization } from '../auth/denials.ts';
import type { FieldPolicies } from '../auth/field-policies.ts';
import type { CostTable } from '../limits/cost-table.ts';
import type { ListSizeOptions } from '../limits/list-size.ts';
import { type Costs, createCosts } from '../limits/operation-cost.ts';

type Ruled = { readonly schema: GraphQLSchema; readonly policies: FieldPolicies; readonly costs: CostTable };

/** What a supergraph's directives demand of operations. */
export type Rules = { readonly authorization: Authorization; readonly costs: Costs };

/** The rules of each generation, made once and forgotten with it. */
export function createRules(options: ListSizeOptions): (generation: Ruled) => Rules {
  const known = new WeakMap<Ruled, Rules>();
  return (generation) => {
    let rules = known.get(generation);
    if (!rules) {
      const { schema, policies, costs } = generation;
      rules = {
        authorization: createAuthorization(schema, policies),
        costs: createCosts(schema, costs, options),
      };
      known.set(generation, rules);
    }
    return rules;
  };
}
