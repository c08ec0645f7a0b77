import type { CacheStore } from '@entrepot/cache/cache-store';
import type { AskSubgraph, SubgraphAnswer, SubgraphCall } from '../execute/subgraph-call.ts';
import { type Audience, mayShare } from './audience.ts';
import { readCacheControl } from './cache-control.ts';
import { createEntityFlights, type Flight, landed } from './entity-flights.ts';
import { entitiesOf, partsOf } from './entity-parts.ts';
import { createShapes, type Hint, isGoodEnough, lookUp, type Shape, type Slot, slotsOf } from './entity-slots.ts';
import { freshnessOf, NEGATIVE_TTL_MS, policyOf } from './keeping.ts';
import { createPolicyCollector } from './policy.ts';
import { createRefreshes } from './refreshes.ts';

export type EntityCacheOptions = {
  store: CacheStore;
  /** The longest that anything may be kept from now on, however long its subgraphs allow. */
  ttlLimitMs: () => number;
  onLookUp?: (outcome: 'hit' | 'stale' | 'miss' | 'shared', count: number) => void;
  onRefresh?: (outcome: 'done' | 'failed') => void;
  /** Waits until something of this kind may be made anew while nobody waits for it. Rejects when there is too much else to do. */
  takeTurn?: (kind: string) => Promise<(outcome: 'done' | 'failed') => void>;
  random?: () => number;
};

export type EntityCache = (ask: AskSubgraph, generation: string) => AskSubgraph;

const REFRESH_TIMEOUT_MS = 10_000;

/**
 * Keeps what subgraphs answer, entity by entity and root fetch by root fetch, and asks them only for what is missing. What may be
 * kept, for how long and for whom is the subgraph's to say, as it is for whole answers (see response-cache.ts).
 */
export function createEntityCache(options: EntityCacheOptions): EntityCache {
  const { store, ttlLimitMs, onLookUp = () => {}, onRefresh = () => {}, random = Math.random } = options;
  const { takeTurn = async () => () => {} } = options;
  const refreshes = createRefreshes(onRefresh);
  const flights = createEntityFlights();

  /** Lets what was found into the answer's policy. Returns what is to be made anew meanwhile. */
  const useFound = (slots: readonly Slot[], { context: { policy } }: SubgraphCall, audience: Audience): Slot[] => {
    const early: Slot[] = [];
    let stale = 0;
    let hits = 0;
    for (const slot of slots) {
      const { found } = slot;
      if (!found) continue;
      const isPrivate = isOwn(slot, audience);
      if (freshnessOf(found, random) !== 'fresh') early.push(slot);
      if (found.leftMs <= 0) stale++;
      else hits++;
      if (found.leftMs <= 0) policy.stale(isPrivate);
      else policy.addKept({ ...policyOf(found), isPrivate });
    }
    onLookUp('hit', hits);
    onLookUp('stale', stale);
    return early;
  };

  const wrap: EntityCache = (ask, generation) => {
    const shapeOf = createShapes(generation);
    /** Asks without a look at the cache; but whether one would be of use the next time is learnt from the answer. */
    const askAndLearn = (call: SubgraphCall, shape: Shape): Promise<SubgraphAnswer> =>
      ask(call).then((answer) => {
        learn(call.context, shape, answer);
        return answer;
      });

    /** Asks for some of the slots, and keeps what may be kept. */
    const askAndKeep = async (call: SubgraphCall, shape: Shape, slots: readonly Slot[], fence: string) => {
      const began = performance.now();
      const representations = call.representations && slots.map(({ representation }) => representation);
      const answer = await askAndLearn({ ...call, representations, fence }, shape);
      const { context } = call;
      const making = { makeMs: performance.now() - began, limitMs: ttlLimitMs(), random };
      const parts = partsOf(answer, representations, slots, context.audience, making);
      // Not waited for, and it never rejects.
      if (parts) void store.setMany(fence, parts);
      if (parts?.some(({ isNothing }) => isNothing)) context.policy.limit(NEGATIVE_TTL_MS);
      return { answer, parts };
    };

    const refresh = (call: SubgraphCall, shape: Shape, early: readonly Slot[], fence: string): void => {
      const slots = early.filter(({ keys: [key = ''] }) => !refreshes.isRunning(key));
      if (slots.length === 0) return;
      const known = { ...call.context.known, deadline: Date.now() + REFRESH_TIMEOUT_MS };
      const context = { ...call.context, known, policy: createPolicyCollector(), signal: undefined };
      refreshes.start(
        slots.map(({ keys: [key = ''] }) => key),
        async () => {
          const release = await takeTurn(call.id);
          let isKept = false;
          try {
            isKept = (await askAndKeep({ ...call, context }, shape, slots, fence)).parts !== undefined;
          } finally {
            release(isKept ? 'done' : 'failed');
          }
          return isKept;
        },
      );
    };

    const serve = async (call: SubgraphCall, audience: Audience, shape: Shape, hint: Hint | undefined) => {
      const { context } = call;
      const slots = slotsOf(call, shape, audience, hint);
      const fence = await lookUp(store, slots, context.isRefresh === true);
      if (fence === undefined) return askAndLearn(call, shape);

      const early = useFound(slots, call, audience);
      if (early.length > 0) refresh(call, shape, early, fence);
      const kept = new Map<Slot, Buffer>();
      const joined: [Slot, Flight][] = [];
      const wanted: Slot[] = [];
      for (const slot of slots) {
        const flight = slot.found || hint !== 'public' ? undefined : flights.of(slot, fence);
        if (slot.found) kept.set(slot, slot.found.value);
        else if (flight) joined.push([slot, flight]);
        else wanted.push(slot);
      }
      const asking = wanted.length > 0 ? askAndKeep(call, shape, wanted, fence) : undefined;
      if (asking !== undefined && hint === 'public') flights.launch(wanted, fence, asking);
      onLookUp('miss', wanted.length);

      const refused: Slot[] = [];
      for (const [slot, flight] of joined) {
        const part = await landed(flight);
        if (part) {
          kept.set(slot, part.value);
          context.policy.addKept(part.policy);
        } else refused.push(slot);
      }
      onLookUp('shared', joined.length - refused.length);
      const answers: Asked[] = [];
      if (asking !== undefined) answers.push({ slots: wanted, answer: (await asking).answer });
      if (refused.length > 0)
        answers.push({ slots: refused, answer: (await askAndKeep(call, shape, refused, fence)).answer });
      return join(call, slots, kept, answers, audience);
    };

    return (call) => {
      const { audience, known } = call.context;
      if (call.kind !== 'query' || audience === undefined || known.isMutation) return ask(call);
      const shape = shapeOf(call);
      const hint = shape.hints[audience.kind];
      return hint === 'none' ? askAndLearn(call, shape) : serve(call, audience, shape, hint);
    };
  };
  // Made once for each generation.
  const wrapped = new WeakMap<AskSubgraph, AskSubgraph>();
  return (ask, generation) => {
    const known = wrapped.get(ask);
    if (known) return known;
    const made = wrap(ask, generation);
    wrapped.set(ask, made);
    return made;
  };
}

/** As it was with the last answer, so it is expected to be with the next one. */
function learn({ audience }: SubgraphCall['context'], { hints }: Shape, { policy }: SubgraphAnswer): void {
  if (!policy || !audience) return;
  const { maxAgeS, isPrivate } = readCacheControl(policy.cacheControl);
  const isLost = isPrivate ? audience.own === undefined : !mayShare(audience);
  hints[audience.kind] = maxAgeS <= 0 || isLost ? 'none' : isPrivate ? 'private' : 'public';
}

const isOwn = ({ found, expired }: Slot, { tag }: Audience): boolean =>
  tag !== undefined && (found ?? expired)?.tags.includes(tag) === true;

type Asked = { readonly slots: readonly Slot[]; readonly answer: SubgraphAnswer };

/** Puts what was kept and what was asked for into one answer, in order. */
function join(
  call: SubgraphCall,
  slots: readonly Slot[],
  kept: Map<Slot, Buffer>,
  answers: readonly Asked[],
  audience: Audience,
): SubgraphAnswer {
  const [only] = answers;
  const rescued = answers.map((asked) => rescue(call, asked, kept, audience));
  // Nothing is to be put together: the whole of it was asked for, or kept.
  if (only && only.slots.length === slots.length && !rescued[0]) return only.answer;
  const values = new Map<Slot, unknown>();
  const errors = answers.flatMap(({ answer, slots: asked }, index) => {
    if (rescued[index]) return [];
    const entities = answer.data ? entitiesOf(answer.data) : [];
    for (const [place, slot] of asked.entries()) values.set(slot, entities[place] ?? null);
    return answer.errors.map((error) => moved(error, asked, slots));
  });
  // What lacks data and says no reason is the executor's to judge.
  const mute = answers.find(({ answer }) => !answer.data && answer.errors.length === 0);
  if (mute) return mute.answer;
  // Each is read anew, because who executes changes it.
  const texts = slots.flatMap((slot) => kept.get(slot)?.toString() ?? []);
  const read: unknown[] = JSON.parse(`[${texts.join()}]`);
  let next = 0;
  const all = slots.map((slot) => (kept.has(slot) ? read[next++] : values.get(slot)));
  return { data: call.representations ? { _entities: all } : toData(all[0]), errors };
}

const toData = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null ? Object.assign(value) : null;

const OUTAGES: readonly unknown[] = ['TIMEOUT', 'UNAVAILABLE'];

/** When the subgraph does not answer at all, what is past its time may be better than nothing. Returns whether it is there for all. */
function rescue(
  { context }: SubgraphCall,
  { slots, answer: { data, errors } }: Asked,
  kept: Map<Slot, Buffer>,
  audience: Audience,
): boolean {
  const isOutage = !data && errors.length > 0 && errors.every(({ extensions }) => OUTAGES.includes(extensions?.code));
  if (!isOutage || !slots.every(({ expired }) => expired && isGoodEnough(expired))) return false;
  for (const slot of slots) {
    if (!slot.expired) continue;
    kept.set(slot, slot.expired.value);
    context.policy.stale(isOwn(slot, audience));
  }
  return true;
}

type SubgraphError = SubgraphAnswer['errors'][number];

/** An error's place among those that were asked for becomes its place among all. */
function moved(error: SubgraphError, asked: readonly Slot[], slots: readonly Slot[]): SubgraphError {
  const [root, index, ...rest] = error.path ?? [];
  const slot = root === '_entities' && typeof index === 'number' ? asked[index] : undefined;
  return slot ? { ...error, path: ['_entities', slots.indexOf(slot), ...rest] } : error;
}
