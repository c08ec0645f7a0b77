import { Supergraph } from '@apollo/federation-internals';
import type { GraphQLSchema } from 'graphql';

/** What clients see of a supergraph: without the join directives and whatever is `@inaccessible`. */
export function apiSchema(supergraph: string): GraphQLSchema {
  return Supergraph.build(supergraph).apiSchema().toGraphQLJSSchema();
}
