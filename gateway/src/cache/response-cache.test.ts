import { createMemoryStore } from '@entrepot/cache/memory-store';
import type { Viewer } from '@entrepot/kernel/viewer';
import { describe, expect, it } from 'vitest';
import type { Verdict } from './policy.ts';
import { createResponseCache, type Making } from './response-cache.ts';

const ann: Viewer = { id: 'ann', kind: 'CUSTOMER', roles: [] };
const eve: Viewer = { id: 'eve', kind: 'CUSTOMER', roles: [] };
const PUBLIC: Verdict = { kind: 'public', maxAgeMs: 60_000, revalidateMs: 30_000, ifErrorMs: 600_000, tags: ['A:1'] };
const OUTAGE: Verdict = { kind: 'unavailable', isOutage: true };

function setUp({ random = (): number => 0, limitMs = Number.POSITIVE_INFINITY } = {}) {
  let at = 0;
  const store = createMemoryStore({ now: () => at });
  const state: { version: number; verdict: Verdict; gate: Promise<void> | undefined } = {
    version: 1,
    verdict: PUBLIC,
    gate: undefined,
  };
  const made: Making[] = [];
  const refreshed: string[] = [];
  const cache = createResponseCache<string>({
    store,
    ttlLimitMs: () => limitMs,
    onRefresh: (outcome) => void refreshed.push(outcome),
    random,
  });
  const question = { generation: 'g', document: 'd', operationName: undefined, variables: {}, denied: '' };
  const serve = async (viewer?: Viewer) => {
    const served = await cache.serve(question, viewer, async (making) => {
      made.push(making);
      await state.gate;
      const answer = `v${state.version}`;
      return { answer, verdict: state.verdict, body: () => Buffer.from(answer) };
    });
    const text = 'answer' in served ? served.answer : served.body.toString();
    return { outcome: served.outcome, text, kept: 'kept' in served ? served.kept : undefined };
  };
  const seen = async (viewer?: Viewer) => {
    const { outcome, text } = await serve(viewer);
    return `${outcome} ${text}`;
  };
  const pass = (ms: number) => {
    at += ms;
  };
  return { store, state, made, refreshed, serve, seen, pass };
}

describe('a whole answer', () => {
  it('tells on a hit how old it is, how long it may still be kept and what it was made of', async () => {
    const { serve, pass } = setUp();
    await serve();
    pass(20_000);
    expect(await serve()).toEqual({
      outcome: 'hit',
      text: 'v1',
      kept: { isPublic: true, ageMs: 20_000, maxAgeMs: 40_000, tags: ['A:1', 'A:*'] },
    });
  });

  it('that is past its time is served to all while one makes it anew', async () => {
    const { seen, state, pass, made, refreshed } = setUp();
    await seen();
    state.version = 2;
    pass(60_001);
    let open = () => {};
    state.gate = new Promise((resolve) => (open = resolve));
    expect(new Set(await Promise.all(Array.from({ length: 100 }, () => seen())))).toEqual(new Set(['stale v1']));
    expect(made.map(({ isRefresh }) => isRefresh)).toEqual([false, true]);
    open();
    await expect.poll(() => refreshed).toEqual(['done']);
    expect(await seen()).toBe('hit v2');
  });

  it('that is far past its time is made anew before it is served', async () => {
    const { seen, state, pass } = setUp();
    await seen();
    state.version = 2;
    pass(60_000 + 30_000);
    expect(await seen()).toBe('miss v2');
  });

  it('of before is better than one with a hole, for as long as its subgraphs say', async () => {
    const { seen, state, pass } = setUp();
    await seen();
    state.version = 2;
    state.verdict = OUTAGE;
    pass(600_000);
    expect(await seen()).toBe('stale v1');
    pass(60_000);
    expect(await seen()).toBe('miss v2');
  });

  it('that was purged is never served again, neither stale nor in the place of one with a hole', async () => {
    const { seen, state, pass, store } = setUp();
    await seen();
    pass(60_001);
    await store.purge(['A:1']);
    state.version = 2;
    state.verdict = OUTAGE;
    expect(await seen()).toBe('miss v2');
  });

  it('that is being made anew while it is purged is not kept', async () => {
    const { seen, state, pass, store, refreshed } = setUp();
    await seen();
    pass(60_001);
    let open = () => {};
    state.gate = new Promise((resolve) => (open = resolve));
    expect(await seen()).toBe('stale v1');
    await store.purge(['A:1']);
    open();
    await expect.poll(() => refreshed).toHaveLength(1);
    state.version = 2;
    expect(await seen()).toBe('miss v2');
  });

  it('is made anew early by few, the nearer its end the likelier', async () => {
    let chance = 0;
    const late = setUp({ random: () => chance });
    await late.seen();
    chance = 1 - Number.EPSILON;
    late.state.version = 2;
    late.pass(59_999.99);
    expect(await late.seen()).toBe('hit v1');
    await expect.poll(() => late.refreshed).toEqual(['done']);
    expect(await late.seen()).toBe('hit v2');
    const never = setUp({ random: () => 0 });
    await never.seen();
    never.pass(59_999.99);
    await never.seen();
    expect(never.made).toHaveLength(1);
  });

  it('lives shorter than its time by chance, never longer', async () => {
    const { seen, pass } = setUp({ random: () => 0.999 });
    await seen();
    pass(54_100);
    expect(await seen()).toBe('stale v1');
  });

  it('is not served past its time while changes may be missed', async () => {
    const { seen, state, pass } = setUp({ limitMs: 2_000 });
    await seen();
    state.version = 2;
    pass(2_001);
    expect(await seen()).toBe('miss v2');
  });

  it('that is private is nobody else’s, stale or not', async () => {
    const { seen, state, pass } = setUp();
    state.verdict = { ...PUBLIC, kind: 'private' };
    await seen(ann);
    state.version = 2;
    pass(60_001);
    expect(await seen(eve)).toBe('miss v2');
    expect(await seen(ann)).toBe('stale v1');
  });

  it('is made of the moment at which nothing of it was found', async () => {
    const { seen, store, made } = setUp();
    await seen();
    await store.purge(['A:1']);
    await seen();
    expect(made.map(({ fence }) => fence)).toEqual(['0', '1']);
  });
});
