import { describe, expect, it } from 'vitest';
import { type AdmissionOptions, createAdmission, type Priority } from './admission.ts';
import type { Release } from './lane.ts';
import { PARALLEL, simulate, THRASHING } from './simulated-load.ts';

const settle = async () => {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
};
/** Of work of 20 ms, with no more in hand than can be done at once. */
const BEST_PER_SECOND = (PARALLEL * 1_000) / 20 / (1 + PARALLEL / THRASHING);
const overloaded = expect.objectContaining({ code: 'OVERLOADED' });

function start(over: Partial<AdmissionOptions> = {}) {
  let at = 0;
  const refused: Priority[] = [];
  const admission = createAdmission({
    maxRunning: 4,
    maxWaiting: 3,
    maxWaitMs: 1_000,
    onRefused: (priority) => refused.push(priority),
    now: () => at,
    ...over,
  });
  const wait = (ms: number, lagMs = 0, utilization = 0.5) => {
    for (const end = at + ms; at < end; ) {
      at += 100;
      admission.tick({ lagMs, utilization });
    }
  };
  /** Who asks, and whether they were let in or refused by now. */
  const ask = (priority: Priority, kind: string) => {
    const asked = { state: 'waiting', release: (() => {}) as Release };
    admission.admit(priority, kind).then(
      (release) => Object.assign(asked, { state: 'running', release }),
      () => Object.assign(asked, { state: 'refused' }),
    );
    return asked;
  };
  const states = async (...asked: { state: string }[]) => {
    await settle();
    return asked.map(({ state }) => state);
  };
  return { admission, refused, wait, ask, states };
}

describe('a turn', () => {
  it('is given at once while there is room, and to those who wait in their order when one ends', async () => {
    const { ask, states } = start({ maxRunning: 2 });
    const [one, two, three, four] = [ask('browse', 'a'), ask('browse', 'b'), ask('browse', 'c'), ask('browse', 'd')];
    expect(await states(one, two, three, four)).toEqual(['running', 'running', 'waiting', 'waiting']);
    one.release('done');
    // The same turn cannot end twice.
    one.release('done');
    expect(await states(three, four)).toEqual(['running', 'waiting']);
    two.release('failed');
    expect(await states(four)).toEqual(['running']);
  });

  it('is refused at once to those for whom there is no room to wait', async () => {
    const { ask, states, refused, admission } = start({ maxRunning: 1, maxWaiting: 2 });
    const asked = Array.from({ length: 5 }, (_, index) => ask('browse', `k${index}`));
    expect(await states(...asked)).toEqual(['running', 'waiting', 'waiting', 'refused', 'refused']);
    expect(refused).toEqual(['browse', 'browse']);
    await expect(admission.admit('browse', 'k')).rejects.toThrow(overloaded);
  });

  it('is refused after a wait that was too long, should nothing move', async () => {
    const { ask, states, wait } = start({ maxRunning: 1, maxWaitMs: 1_000 });
    const [running, waiting] = [ask('browse', 'a'), ask('browse', 'b')];
    wait(1_000);
    expect(await states(waiting)).toEqual(['waiting']);
    wait(100);
    expect(await states(running, waiting)).toEqual(['running', 'refused']);
  });

  it('is refused to all who wait when the gateway ends', async () => {
    const { ask, states, admission } = start({ maxRunning: 1 });
    const [running, waiting] = [ask('browse', 'a'), ask('browse', 'b')];
    await settle();
    admission.close();
    expect(await states(running, waiting)).toEqual(['running', 'refused']);
  });

  it('of one kind takes half of the room at most, and in a line the kinds take turns', async () => {
    const { ask, states } = start({ maxRunning: 4, maxWaiting: 10 });
    const slow = [ask('browse', 'slow'), ask('browse', 'slow'), ask('browse', 'slow'), ask('browse', 'slow')];
    expect(await states(...slow)).toEqual(['running', 'running', 'waiting', 'waiting']);
    const quick = [ask('browse', 'quick'), ask('browse', 'quick'), ask('browse', 'quick')];
    const other = ask('browse', 'other');
    expect(await states(...quick, other)).toEqual(['running', 'running', 'waiting', 'waiting']);
    quick[0]?.release('done');
    expect(await states(...slow, ...quick, other)).toEqual([
      ...['running', 'running', 'waiting', 'waiting'],
      ...['running', 'running', 'running', 'waiting'],
    ]);
    quick[1]?.release('done');
    expect(await states(other)).toEqual(['running']);
  });
});

describe('the order of importance', () => {
  it('has room for checkout, whatever browsing takes', async () => {
    const { ask, states } = start({ maxRunning: 2, maxWaiting: 1 });
    const browse = Array.from({ length: 4 }, (_, index) => ask('browse', `k${index}`));
    const checkout = [ask('checkout', 'pay'), ask('checkout', 'pay')];
    expect(await states(...browse)).toEqual(['running', 'running', 'waiting', 'refused']);
    expect(await states(...checkout)).toEqual(['running', 'running']);
  });

  it('lets background work have half of the room, and refuses it while others wait', async () => {
    const { ask, states } = start({ maxRunning: 4, maxWaiting: 1 });
    const first = [ask('browse', 'a'), ask('background', 'x'), ask('background', 'y'), ask('background', 'z')];
    expect(await states(...first)).toEqual(['running', 'running', 'waiting', 'refused']);
    const browse = [ask('browse', 'b'), ask('browse', 'c'), ask('browse', 'd')];
    expect(await states(...browse, ask('background', 'z'))).toEqual(['running', 'running', 'waiting', 'refused']);
    first[1]?.release('done');
    expect(await states(...first, ...browse)).toEqual([
      ...['running', 'running', 'waiting', 'refused'],
      ...['running', 'running', 'running'],
    ]);
    for (const done of [first[0], ...browse]) done?.release('done');
    expect(await states(...first)).toEqual(['running', 'running', 'running', 'refused']);
  });
});

describe('a late event loop', () => {
  it('lets less in, of browsing before checkout, and never nothing', () => {
    const { admission, wait } = start({ maxRunning: 1_000 });
    wait(2_000, 200);
    expect(admission.state('browse').limit).toBeLessThan(60);
    expect(admission.state('checkout').limit).toBe(1_000);
    wait(10_000, 600);
    expect(admission.state('browse').limit).toBe(50);
    expect(admission.state('checkout').limit).toBeLessThan(500);
  });

  it('once is chance', () => {
    const { admission, wait } = start({ maxRunning: 1_000 });
    wait(100, 150);
    wait(1_000, 0);
    expect(admission.state('browse').limit).toBe(100);
  });

  it('that never rests lowers it to a handful for browsing, and leaves checkout its room', () => {
    const { admission, wait } = start({ maxRunning: 1_000 });
    wait(10_000, 20, 1);
    expect(admission.state('browse').limit).toBe(2);
    expect(admission.state('checkout').limit).toBe(1_000);
  });

  it('that never rests lets as many wait as it would work for at once otherwise, however long that takes', async () => {
    const { admission, ask, wait, states } = start({ maxRunning: 1_000, maxWaiting: 1_000, maxWaitMs: 10_000 });
    wait(10_000, 20, 1);
    // A queue that hardly moves: one in a second.
    const first = Array.from({ length: 40 }, (_, index) => ask('browse', `k${index}`));
    await states(...first);
    wait(1_000, 20, 1);
    first[0]?.release('done');
    wait(500, 20, 1);
    const others = Array.from({ length: 20 }, (_, index) => ask('browse', `l${index}`));
    const seen = await states(...others);
    expect(seen.filter((state) => state === 'waiting')).toHaveLength(11);
    expect(seen.filter((state) => state === 'refused')).toHaveLength(9);
    expect(admission.state('browse')).toMatchObject({ limit: 2, running: 2, waiting: 48 });
  });

  it('overwhelms when it never rests and browsing is refused, and not when a service is what is short', async () => {
    const { admission, ask, wait, states } = start({ maxRunning: 1, maxWaiting: 1 });
    wait(1_000, 0, 1);
    expect(admission.isOverwhelmed()).toBe(false);
    expect(await states(ask('browse', 'a'), ask('browse', 'b'), ask('browse', 'c'))).toEqual([
      ...['running', 'waiting', 'refused'],
    ]);
    expect(admission.isOverwhelmed()).toBe(true);
    wait(1_000, 0, 0.5);
    expect(admission.isOverwhelmed()).toBe(false);
  });
});

describe('ten times as much as can be done', () => {
  const each = (priority: Priority, kinds: readonly string[], perSecond: number) =>
    kinds.map((kind) => ({ priority, kind, perSecond: perSecond / kinds.length, workMs: 20 }));
  const calm = [...each('browse', ['a', 'b', 'c', 'd'], 360), ...each('checkout', ['pay'], 40)];
  const flood = [
    ...each('browse', ['a', 'b', 'c', 'd'], 7_640),
    ...each('checkout', ['pay'], 160),
    ...each('background', ['introspection'], 200),
  ];
  const quantile = (values: readonly number[], part: number) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0;

  it.each([1, 2, 3])(
    'is answered like the best that can be done, checkout first, and forgotten soon (seed %i)',
    async (seed) => {
      const [before, , during, after, later] = await simulate(seed, [
        { forMs: 2_000, load: calm },
        { forMs: 2_000, load: flood },
        { forMs: 8_000, load: flood },
        { forMs: 3_000, load: calm },
        { forMs: 2_000, load: calm },
      ]);
      if (!before || !during || !after || !later) throw new Error('a phase is missing');
      expect(before.browse.refused).toBe(0);

      const good = (during.browse.good + during.checkout.good) / 8;
      expect(good).toBeGreaterThan(0.8 * BEST_PER_SECOND);
      expect(during.checkout.good).toBe(during.checkout.asked);
      expect(quantile(during.checkout.latencies, 0.99)).toBeLessThan(500);
      expect(during.browse.late / (during.browse.late + during.browse.good)).toBeLessThan(0.01);
      expect(during.background.good).toBe(0);

      expect(after.browse.refused / after.browse.asked).toBeLessThan(0.2);
      expect(later.browse.refused + later.browse.late).toBe(0);
      expect(quantile(later.browse.latencies, 0.99)).toBeLessThan(2 * quantile(before.browse.latencies, 0.99));
    },
  );

  it.each([4, 5, 6])(
    'of its own CPU costs no answer, keeps a handful in hand, and checkout short (seed %i)',
    async (seed) => {
      const cpu = 1;
      const best = (cpu * 1_000) / 20;
      const some = (perSecond: number) => [
        ...each('browse', ['a', 'b', 'c', 'd'], perSecond * 0.9),
        ...each('checkout', ['pay'], best * 0.1),
      ];
      const phases = [
        { forMs: 5_000, load: some(best / 2) },
        { forMs: 5_000, load: some(10 * best) },
        { forMs: 20_000, load: some(10 * best) },
        { forMs: 5_000, load: some(best / 2) },
      ];
      const [, , during, after] = await simulate(seed, phases, {}, { parallel: cpu, pieceMs: 1 });
      if (!during || !after) throw new Error('a phase is missing');
      expect((during.browse.good + during.checkout.good) / 20).toBeGreaterThan(0.8 * best);
      expect(during.checkout.good).toBe(during.checkout.asked);
      expect(quantile(during.checkout.latencies, 0.99)).toBeLessThan(500);
      expect(quantile(during.inHand, 0.9)).toBeLessThan(16);
      expect(after.browse.refused / after.browse.asked).toBeLessThan(0.2);
    },
  );

  it('of what one slow service is needed for leaves room for what does not need it', async () => {
    // What can be done is short of nothing; only one kind takes a second and a half.
    const load = [
      { priority: 'browse', kind: 'hung', perSecond: 400, workMs: 1_500 },
      { priority: 'browse', kind: 'well', perSecond: 50, workMs: 1 },
    ] as const;
    const [, lasting] = await simulate(
      4,
      [
        { forMs: 3_000, load },
        { forMs: 3_000, load },
      ],
      {},
      { parallel: 100_000 },
    );
    expect(lasting?.browse.latencies.length).toBeGreaterThan(0);
    const quick = lasting?.browse.latencies.filter((ms) => ms < 20) ?? [];
    expect(quick.length).toBeGreaterThan(0.95 * 150);
  });
});
