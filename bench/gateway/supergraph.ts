import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, type GraphQLSchema, parse } from 'graphql';
import type { Shape, ShapeOperation, ShapeSubgraph } from './shapes/shape.ts';

/** The supergraph of a shape whose subgraphs are under this URL. */
export function composeShape({ subgraphs }: Shape, baseUrl: string): string {
  const { supergraphSdl, errors } = composeServices(
    subgraphs.map(({ name, sdl }) => ({ name, url: `${baseUrl}/${name}`, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined)
    throw new Error(`does not compose: ${errors?.map(({ message }) => message).join('; ')}`);
  return supergraphSdl;
}

export const subgraphSchema = ({ sdl, resolvers }: ShapeSubgraph): GraphQLSchema =>
  buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }]);

/** Answers operations by a plain execution over the merged data: what every gateway has to answer. */
export function createOracle(shape: Shape): (operation: ShapeOperation) => unknown {
  const schema = Supergraph.build(composeShape(shape, 'http://127.0.0.1')).apiSchema().toGraphQLJSSchema();
  return ({ query, variables }) => {
    const result = execute({
      schema,
      document: parse(query),
      variableValues: { ...variables },
      rootValue: shape.merged,
    });
    if (result instanceof Promise) throw new Error('the merged data answers at once');
    if (result.errors) throw new Error(`the merged data cannot answer: ${result.errors[0]}`);
    return JSON.parse(JSON.stringify(result.data));
  };
}
