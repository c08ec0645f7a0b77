import type { CacheStore, Found, Missed } from '@entrepot/cache/cache-store';
import { createSingleFlight } from '@entrepot/cache/single-flight';
import type { Cancellation } from '@entrepot/kernel/cancellation';
import { sleep } from '@entrepot/kernel/retry';
import type { Viewer } from '@entrepot/kernel/viewer';
import { LRUCache } from 'lru-cache';
import { audienceOf, viewerTag } from './audience.ts';
import { createKeys, type Question } from './cache-key.ts';
import { freshnessOf, isServable, keepingOf, policyOf, withTypeTags } from './keeping.ts';
import type { Verdict } from './policy.ts';
import { createRefreshes } from './refreshes.ts';

/** An answer as it was made, with what may be done with it. */
export type Made<A> = { readonly answer: A; readonly body: () => Buffer; readonly verdict: Verdict };

/** How long an answer may be kept by others, for how long it has been kept, and what it was made of. */
export type Kept = {
  readonly isPublic: boolean;
  readonly maxAgeMs: number;
  readonly ageMs: number;
  readonly tags: readonly string[];
};

export type Served<A> =
  | { readonly outcome: 'hit' | 'stale' | 'shared'; readonly body: Buffer; readonly kept: Kept | undefined }
  | { readonly outcome: 'miss' | 'bypass' | 'uncacheable'; readonly answer: A };

/** Of which moment an answer must be, whether nobody waits for it, and when nobody does any more. */
export type Making = {
  readonly isRefresh: boolean;
  readonly fence: string | undefined;
  readonly signal: Cancellation | undefined;
};

export type ResponseCache<A> = {
  /** The kept answer of a query, or a new one from `make`, which may also be called after it, to make a kept one anew. */
  serve(
    question: Question,
    viewer: Viewer | undefined,
    make: (making: Making) => Promise<Made<A>>,
    /** Tells when whoever asks has gone. */
    gone?: () => Cancellation,
  ): Promise<Served<A>>;
  /** A viewer changed something: what was kept for this viewer alone may show the time before. */
  forget(viewer: Viewer): Promise<void>;
};

export type ResponseCacheOptions = {
  store: CacheStore;
  /** The longest that anything may be kept from now on, however long its subgraphs allow. */
  ttlLimitMs: () => number;
  onRefresh?: (outcome: 'done' | 'failed') => void;
  random?: () => number;
};

/** Of so many operations we remember whether looking for their answers was ever of use. */
const MAX_HINTS = 10_000;
/** Whoever makes an answer for all processes has so long before another one tries. */
const LEASE_MS = 2_000;
const ALONE = { fence: undefined, isRefresh: false } as const;
const LEASE_POLL_MS = { first: 5, most: 50 } as const;

/** What one process makes once for all who want it: a new answer, or one that another process has made meanwhile. */
type Flight<A> = MadeAndKept<A> | { readonly found: Found };
type MadeAndKept<A> = { readonly made: Made<A>; readonly isKept: Promise<void> | undefined };

type Asking<A> = {
  readonly question: Question;
  readonly viewer: Viewer | undefined;
  readonly make: (making: Making) => Promise<Made<A>>;
  readonly gone: (() => Cancellation) | undefined;
};

/** A question with all that decides where its answer may be kept. */
type Asked<A> = Asking<A> & {
  readonly hintKey: string;
  readonly hint: Verdict['kind'] | undefined;
  /** Undefined for who shares nothing. */
  readonly sharedKey: string | undefined;
  readonly ownKey: string | undefined;
};

type Looked = {
  readonly key: string | undefined;
  /** Good enough to be served now. */
  readonly found: Found | undefined;
  /** Good enough only when nothing else is to be had. */
  readonly expired: Found | undefined;
  readonly fence: string | undefined;
  readonly isLeased: boolean;
};

/**
 * Keeps whole answers of queries. An answer that its subgraphs call public is kept once, for everybody without a role; a
 * private one for its viewer alone; viewers with roles see more than others, so they neither read nor write public ones.
 * One that is past its time is served where its subgraphs allow it, while one request makes it anew; one that was purged never is.
 */
export function createResponseCache<A>(options: ResponseCacheOptions): ResponseCache<A> {
  const { store, ttlLimitMs, onRefresh = () => {}, random = Math.random } = options;
  // Who missed an answer just before it was kept must not make it again: its look has ended before the store says that it has it.
  const flights = createSingleFlight<Flight<A>>({
    until: async (flight) => ('made' in flight ? flight.isKept : undefined),
  });
  const refreshes = createRefreshes(onRefresh);
  // Only a hint: whether an answer may be kept can depend on variables and data.
  const hints = new LRUCache<string, Verdict['kind']>({ max: MAX_HINTS });

  const ask = (asking: Asking<A>): Asked<A> => {
    const { question, viewer } = asking;
    const { kind, own } = audienceOf(viewer);
    const hintKey = `${question.generation}${question.document}${kind}${question.operationName ?? ''}`;
    const hint = hints.get(hintKey);
    if (hint === 'none') return { ...asking, hintKey, hint, sharedKey: undefined, ownKey: undefined };
    const keys = createKeys(question);
    const sharedKey = kind === 'staff' || hint === 'private' ? undefined : keys.shared();
    const ownKey = own === undefined || (hint === 'public' && kind !== 'staff') ? undefined : keys.of(own);
    return { ...asking, hintKey, hint, sharedKey, ownKey };
  };

  const lookUp = async ({ sharedKey, ownKey }: Asked<A>): Promise<Looked> => {
    let first: Found | Missed | undefined;
    let expired: Found | undefined;
    for (const key of [sharedKey, ownKey]) {
      if (key === undefined || (first && first.fence === undefined)) continue;
      const found = await store.get(key, key === sharedKey ? LEASE_MS : undefined);
      // The first fence is the earliest: it holds for whatever is read after it.
      first ??= found;
      if (!('value' in found)) continue;
      if (isServable(found)) return { key, found, expired: undefined, fence: first.fence, isLeased: false };
      expired ??= found;
    }
    const isLeased = first !== undefined && 'isLeased' in first && first.isLeased === true;
    return { key: undefined, found: undefined, expired, fence: first?.fence, isLeased };
  };

  const keep = async ({ viewer, sharedKey, ownKey }: Asked<A>, made: Made<A>, fence: string, makeMs: number) => {
    const { body, verdict } = made;
    if (verdict.kind !== 'public' && verdict.kind !== 'private') return;
    const key = verdict.kind === 'public' ? sharedKey : ownKey;
    if (key === undefined) return;
    const tags = verdict.kind === 'private' && viewer ? [...verdict.tags, viewerTag(viewer)] : verdict.tags;
    await store.set(key, body(), {
      ...keepingOf(verdict, makeMs, ttlLimitMs(), random),
      tags: withTypeTags(tags),
      fence,
    });
  };

  const makeAndKeep = async (asked: Asked<A>, making: Making): Promise<MadeAndKept<A>> => {
    const { fence, isRefresh } = making;
    const began = performance.now();
    const made = await asked.make(making);
    const { kind } = made.verdict;
    if (kind !== 'unavailable' && kind !== 'failed') hints.set(asked.hintKey, kind);
    const isKept = fence === undefined ? undefined : keep(asked, made, fence, performance.now() - began);
    // Not waited for: who asked needs none of it, and it never rejects. Others in other processes wait for the lease.
    if (isKept !== undefined && asked.sharedKey !== undefined && !isRefresh) void isKept.then(() => release(asked));
    return { made, isKept };
  };

  const release = ({ sharedKey }: Asked<A>) => (sharedKey === undefined ? undefined : store.release(sharedKey));

  const refresh = async (asked: Asked<A>, fence: string): Promise<boolean> => {
    const { made } = await makeAndKeep(asked, { fence, isRefresh: true, signal: undefined });
    return made.verdict.kind === 'public' || made.verdict.kind === 'private';
  };

  const serveFound = (asked: Asked<A>, key: string, found: Found): Served<A> => {
    const freshness = freshnessOf(found, random);
    if (freshness !== 'fresh' && !refreshes.isRunning(key)) refreshes.start([key], () => refresh(asked, found.fence));
    const { maxAgeMs, tags } = policyOf(found);
    const kept = { isPublic: key === asked.sharedKey, maxAgeMs, ageMs: found.ageMs, tags };
    return { outcome: found.leftMs > 0 ? 'hit' : 'stale', body: found.value, kept };
  };

  /** Another process makes it: waits for that, and for no longer than its lease. */
  const awaitOther = async (key: string): Promise<Found | undefined> => {
    let pauseMs: number = LEASE_POLL_MS.first;
    for (let waitedMs = 0; waitedMs < LEASE_MS; waitedMs += pauseMs) {
      await sleep(pauseMs);
      const found = await store.get(key, LEASE_MS);
      if ('value' in found) return found;
      if (found.isLeased !== true) return undefined;
      pauseMs = Math.min(LEASE_POLL_MS.most, pauseMs * 2);
    }
    return undefined;
  };

  const fly = async (asked: Asked<A>, key: string, looked: Looked, signal: Cancellation): Promise<Flight<A>> => {
    const { fence, isLeased } = looked;
    const found = isLeased ? await awaitOther(key) : undefined;
    if (found) return { found };
    try {
      return await makeAndKeep(asked, { fence, isRefresh: false, signal });
    } catch (error) {
      void release(asked);
      throw error;
    }
  };

  const serveNew = async (asked: Asked<A>, looked: Looked): Promise<Served<A>> => {
    const signal = asked.gone?.();
    const { fence, expired } = looked;
    const { sharedKey } = asked;
    const outcome = fence === undefined ? 'bypass' : 'miss';
    const serveMade = ({ answer, verdict }: Made<A>): Served<A> =>
      // Better an answer of before than one with a hole, where the subgraphs allow it.
      expired && isOutage(verdict) && policyOf(expired).ifErrorMs > -expired.leftMs
        ? { outcome: 'stale', body: expired.value, kept: undefined }
        : { outcome, answer };
    const makeOwn = async () => serveMade((await makeAndKeep(asked, { fence, isRefresh: false, signal })).made);
    if (sharedKey === undefined) return makeOwn();

    // Those who began before and after a purge do not fly together: the later ones must see what it announced.
    const flight = flights.join(`${sharedKey} ${fence}`, (all) => fly(asked, sharedKey, looked, all), signal);
    const result = await flight.result;
    if ('found' in result) return serveFound(asked, sharedKey, result.found);
    const { made } = result;
    if (flight.isLeader) return serveMade(made);
    return serveShared(made, ttlLimitMs(), serveMade) ?? makeOwn();
  };

  return {
    async serve(question, viewer, make, gone) {
      const asked = ask({ question, viewer, make, gone });
      if (asked.hint === 'none')
        return {
          outcome: 'uncacheable',
          answer: (await makeAndKeep(asked, { ...ALONE, signal: gone?.() })).made.answer,
        };
      const looked = await lookUp(asked);
      const { found, key } = looked;
      return found && key !== undefined ? serveFound(asked, key, found) : serveNew(asked, looked);
    },
    async forget(viewer) {
      // When it is uncertain, the store serves nothing until it is certain.
      await store.purge([viewerTag(viewer)]).catch(() => {});
    },
  };
}

const isOutage = (verdict: Verdict) => 'isOutage' in verdict && verdict.isOutage;

/** What another request has made; undefined when it turned out to be that one's own. */
function serveShared<A>(
  made: Made<A>,
  limitMs: number,
  serveMade: (made: Made<A>) => Served<A>,
): Served<A> | undefined {
  const { verdict, body } = made;
  if (verdict.kind === 'public') {
    const { maxAgeMs, tags } = verdict;
    return {
      outcome: 'shared',
      body: body(),
      kept: { isPublic: true, maxAgeMs: Math.min(maxAgeMs, limitMs), ageMs: 0, tags: withTypeTags(tags) },
    };
  }
  if (verdict.kind !== 'unavailable') return undefined;
  const served = serveMade(made);
  return served.outcome === 'stale' ? served : { outcome: 'shared', body: body(), kept: undefined };
}
