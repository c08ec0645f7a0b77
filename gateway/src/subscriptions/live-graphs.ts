import type { Generation } from '../supergraph/generation.ts';
import { readLiveFields } from './live-fields.ts';
import type { LiveGraph } from './live-operations.ts';

/** What subscriptions know of each generation, for as long as there is one. */
export function createLiveGraphs() {
  const graphs = new WeakMap<Generation, LiveGraph>();
  return {
    /** @throws Error when a subscription field names a query field that does not fit it */
    learn(generation: Generation, supergraph: string): Generation {
      const { id, schema } = generation;
      try {
        graphs.set(generation, { id, schema, fields: readLiveFields(supergraph, schema) });
        return generation;
      } catch (error) {
        generation.retire();
        throw error;
      }
    },
    of(generation: Generation): LiveGraph {
      const graph = graphs.get(generation);
      if (!graph) throw new Error('a generation is served that subscriptions do not know');
      return graph;
    },
  };
}
