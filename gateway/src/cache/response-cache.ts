import type { CacheStore } from '@entrepot/cache/cache-store';
import { createSingleFlight, type SingleFlight } from '@entrepot/cache/single-flight';
import type { Viewer } from '@entrepot/kernel/viewer';
import { LRUCache } from 'lru-cache';
import { createKeys, type Question } from './cache-key.ts';
import type { Verdict } from './policy.ts';

/** An answer as it was made, with what may be done with it. */
export type Made<A> = { readonly answer: A; readonly body: () => Buffer; readonly verdict: Verdict };

export type Served<A> =
  | { readonly outcome: 'hit' | 'shared'; readonly body: Buffer }
  | { readonly outcome: 'miss' | 'bypass' | 'uncacheable'; readonly answer: A };

export type ResponseCache<A> = {
  /** The kept answer of a query, or a new one from `make`. */
  serve(question: Question, viewer: Viewer | undefined, make: () => Promise<Made<A>>): Promise<Served<A>>;
  /** A viewer changed something: what was kept for this viewer alone may show the time before. */
  forget(viewer: Viewer): Promise<void>;
};

export type ResponseCacheOptions = {
  store: CacheStore;
  /** The longest that anything may be kept from now on, however long its subgraphs allow. */
  ttlLimitMs: () => number;
};

/** Of so many operations we remember whether looking for their answers was ever of use. */
const MAX_HINTS = 10_000;

/**
 * Keeps whole answers of queries. An answer that its subgraphs call public is kept once, for everybody without a role; a
 * private one for its viewer alone; viewers with roles see more than others, so they neither read nor write public ones.
 */
export function createResponseCache<A>({ store, ttlLimitMs }: ResponseCacheOptions): ResponseCache<A> {
  const flights: SingleFlight<Made<A>> = createSingleFlight();
  // Only a hint: whether an answer may be kept can depend on variables and data.
  const hints = new LRUCache<string, Verdict['kind']>({ max: MAX_HINTS });

  const keep = (key: string, { body, verdict }: Made<A>, fence: string, viewer: Viewer | undefined) => {
    if (verdict.kind !== 'public' && verdict.kind !== 'private') return;
    const tags = viewer ? [...verdict.tags, viewerTag(viewer)] : verdict.tags;
    const ttlMs = Math.min(verdict.maxAgeMs, ttlLimitMs());
    // Not waited for: `set` never rejects, and who asked needs none of it.
    void store.set(key, body(), { ttlMs, tags, fence });
  };

  return {
    async serve(question, viewer, make) {
      const mayShare = viewer === undefined || viewer.roles.length === 0;
      const audience = viewer === undefined ? 'nobody' : mayShare ? 'viewer' : 'staff';
      const hintKey = `${question.generation}${question.document}${audience}${question.operationName ?? ''}`;
      const makeAndHint = async () => {
        const made = await make();
        const { kind } = made.verdict;
        if (kind !== 'unavailable' && kind !== 'failed') hints.set(hintKey, kind);
        return made;
      };
      const hint = hints.get(hintKey);
      if (hint === 'none') return { outcome: 'uncacheable', answer: (await makeAndHint()).answer };

      const keys = createKeys(question);
      const sharedKey = mayShare ? keys.shared() : undefined;
      const ownKey = viewer && keys.of(viewer);
      // The first fence is the earliest: it holds for whatever is read after it.
      let fence: string | undefined;
      let isReachable = true;
      for (const key of [
        hint === 'private' ? undefined : sharedKey,
        hint === 'public' && mayShare ? undefined : ownKey,
      ]) {
        if (key === undefined || !isReachable) continue;
        const found = await store.get(key);
        if ('value' in found) return { outcome: 'hit', body: found.value };
        isReachable = found.fence !== undefined;
        fence ??= found.fence;
      }

      const makeAndKeep = async () => {
        const made = await makeAndHint();
        const { kind } = made.verdict;
        if (fence !== undefined && kind === 'public' && sharedKey !== undefined)
          keep(sharedKey, made, fence, undefined);
        if (fence !== undefined && kind === 'private' && ownKey !== undefined) keep(ownKey, made, fence, viewer);
        return made;
      };
      const outcome = isReachable ? 'miss' : 'bypass';
      if (sharedKey === undefined || hint === 'private') return { outcome, answer: (await makeAndKeep()).answer };

      // Those who began before and after a purge do not fly together: the later ones must see what it announced.
      const flight = flights.join(`${sharedKey} ${fence}`, makeAndKeep);
      const made = await flight.result;
      if (flight.isLeader) return { outcome, answer: made.answer };
      if (made.verdict.kind === 'public' || made.verdict.kind === 'unavailable')
        return { outcome: 'shared', body: made.body() };
      // It turned out to be the leader's own.
      return { outcome: 'uncacheable', answer: (await makeAndKeep()).answer };
    },
    async forget(viewer) {
      // When it is uncertain, the store serves nothing until it is certain.
      await store.purge([viewerTag(viewer)]).catch(() => {});
    },
  };
}

/** No entity's tag: GraphQL names have no dot. */
const viewerTag = ({ id }: Viewer) => `viewer.${id}`;
