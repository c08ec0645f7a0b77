import { createMemoryStore } from '@entrepot/cache/memory-store';
import type { Viewer } from '@entrepot/kernel/viewer';
import { createRequestContext } from '../execute/request-context.ts';
import type { AnswerPolicy, SubgraphAnswer, SubgraphCall } from '../execute/subgraph-call.ts';
import { audienceOf } from './audience.ts';
import { createEntityCache } from './entity-cache.ts';

const PUBLIC = 'max-age=60, public';
const nameOf = (text: string): string => JSON.parse(text).id;

/** A cache over a subgraph of products whose names are their ids in a version, and of which `gone` does not exist. */
export function setUp(over: Partial<AnswerPolicy> = {}) {
  let at = 0;
  const store = createMemoryStore({ now: () => at });
  const asked: string[][] = [];
  const state = {
    version: 1,
    policy: { cacheControl: PUBLIC, ...over } as const,
    fault: undefined as SubgraphAnswer | undefined,
  };
  const cache = createEntityCache({ store, ttlLimitMs: () => Number.POSITIVE_INFINITY, random: () => 0 });
  const ask = cache(async ({ representations = [], context }) => {
    asked.push(representations.map(nameOf));
    await new Promise((wake) => setImmediate(wake));
    if (state.fault) {
      context.policy.missing();
      return state.fault;
    }
    const entities = representations
      .map(nameOf)
      .map((id) => (id === 'gone' ? null : { id, name: `${id} ${state.version}` }));
    context.policy.add(state.policy.cacheControl, state.policy.cacheTags);
    return { data: { _entities: entities }, errors: [], policy: state.policy };
  }, 'generation');
  const contextFor = (viewer?: Viewer, isRefresh = false) =>
    createRequestContext(
      { viewer: undefined, authorization: undefined, audience: audienceOf(viewer), isRefresh },
      Date.now() + 1_000,
    );
  const callFor = (ids: readonly string[], context = contextFor()): SubgraphCall => ({
    subgraph: 'goods',
    query: 'query',
    id: 'call',
    operationName: undefined,
    kind: 'query',
    variables: '{}',
    representations: ids.map((id) => JSON.stringify({ __typename: 'Product', id })),
    context,
  });
  const names = async (ids: readonly string[], viewer?: Viewer) => {
    const { data } = await ask(callFor(ids, contextFor(viewer)));
    const entities: readonly unknown[] = Array.isArray(data?._entities) ? data._entities : [];
    return entities.map((entity): string | null => Object(entity).name ?? null);
  };
  const pass = (ms: number) => {
    at += ms;
  };
  return { store, asked, state, ask, contextFor, callFor, names, pass };
}
