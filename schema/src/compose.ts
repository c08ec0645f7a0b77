import { composeServices } from '@apollo/composition';
import type { GraphQLError } from 'graphql';
import type { Subgraph } from './subgraphs.ts';

export type Composition =
  | { readonly ok: true; readonly supergraph: string }
  | { readonly ok: false; readonly errors: readonly GraphQLError[] };

/** The supergraph of the subgraphs, the same text for the same SDL, or everything that keeps them apart. */
export function composeSupergraph(subgraphs: readonly Subgraph[]): Composition {
  const services = subgraphs.map(({ name, url, document }) => ({ name, url, typeDefs: document }));
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) return { ok: false, errors: errors ?? [] };
  return { ok: true, supergraph: `${supergraphSdl.trimEnd()}\n` };
}
