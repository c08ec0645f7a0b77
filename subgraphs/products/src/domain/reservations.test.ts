import { describe, expect, it } from 'vitest';
import { type Decision, type Hold, type Known, type Offer, type OrderEvent, settle } from './reservations.ts';
import { apply, available, type Level } from './stock.ts';

const offer = (onHand: number, over: Partial<Offer> = {}): Offer => ({
  sku: 'MUG',
  priceMinor: 250n,
  currencyCode: 'GBP',
  isSold: true,
  level: { onHand, reserved: 0 },
  ...over,
});
const known = (offers: Record<string, Offer>, over: Partial<Known> = {}): Known => ({
  offers: new Map(Object.entries(offers)),
  decisions: new Map(),
  holds: [],
  ...over,
});
const placed = (orderId: string, wanted: readonly [variantId: string, quantity: number][]): OrderEvent => ({
  type: 'PLACED',
  orderId,
  currencyCode: 'GBP',
  lines: wanted.map(([variantId, quantity]) => ({ variantId, sku: variantId, quantity, unitPriceMinor: 250n })),
});
const held = (orderId: string, variantId: string, quantity: number): Hold => ({
  orderId,
  variantId,
  quantity,
  state: 'HELD',
});

describe('an order placed', () => {
  it('gets all of its lines, and the ledger a movement for each', () => {
    const { answers, levels, movements, holds } = settle(known({ a: offer(5), b: offer(2) }), [
      placed('o1', [
        ['a', 3],
        ['b', 2],
      ]),
    ]);
    expect(answers).toEqual([
      {
        type: 'RESERVED',
        orderId: 'o1',
        lines: [
          { variantId: 'a', quantity: 3 },
          { variantId: 'b', quantity: 2 },
        ],
      },
    ]);
    expect([...levels]).toEqual([
      ['a', { onHand: 5, reserved: 3 }],
      ['b', { onHand: 2, reserved: 2 }],
    ]);
    expect(movements.map(({ kind, reservedChange }) => [kind, reservedChange])).toEqual([
      ['RESERVATION', 3],
      ['RESERVATION', 2],
    ]);
    expect(holds).toEqual([held('o1', 'a', 3), held('o1', 'b', 2)]);
  });

  it('gets nothing when one line cannot be had, and is told which', () => {
    const { answers, movements, levels } = settle(known({ a: offer(5), b: offer(1) }), [
      placed('o1', [
        ['a', 3],
        ['b', 2],
      ]),
    ]);
    const refusal = { reason: 'OUT_OF_STOCK', lines: [{ sku: 'b', requested: 2, available: 1 }] };
    expect(answers).toEqual([{ type: 'REFUSED', orderId: 'o1', refusal }]);
    expect([movements.length, levels.size]).toEqual([0, 0]);
  });

  it('sums one variant over its lines before it is compared', () => {
    const { answers } = settle(known({ a: offer(5) }), [
      placed('o1', [
        ['a', 3],
        ['a', 3],
      ]),
    ]);
    const refusal = { reason: 'OUT_OF_STOCK', lines: [{ sku: 'a', requested: 6, available: 5 }] };
    expect(answers).toEqual([{ type: 'REFUSED', orderId: 'o1', refusal }]);
  });

  it('takes its turn: first come, first served, within the batch too', () => {
    const events = [placed('o1', [['a', 4]]), placed('o2', [['a', 2]]), placed('o3', [['a', 1]])];
    const { answers } = settle(known({ a: offer(5) }), events);
    expect(answers.map(({ orderId, type }) => [orderId, type])).toEqual([
      ['o1', 'RESERVED'],
      ['o2', 'REFUSED'],
      ['o3', 'RESERVED'],
    ]);
  });

  it('can have what an earlier event of the batch gave back', () => {
    const state = known(
      { a: offer(1, { level: { onHand: 1, reserved: 1 } }) },
      { holds: [held('o1', 'a', 1)], decisions: new Map<string, Decision>([['o1', { outcome: 'RESERVED' }]]) },
    );
    const { answers, levels } = settle(state, [{ type: 'CANCELLED', orderId: 'o1' }, placed('o2', [['a', 1]])]);
    expect(answers).toMatchObject([{ type: 'RESERVED', orderId: 'o2' }]);
    expect(levels.get('a')).toEqual({ onHand: 1, reserved: 1 });
  });

  it.each([
    ['NOT_SOLD', offer(5, { isSold: false })],
    ['PRICE_CHANGED', offer(5, { priceMinor: 251n })],
    ['PRICE_CHANGED', offer(5, { currencyCode: 'EUR' })],
  ])('is refused as %s', (reason, variant) => {
    expect(settle(known({ a: variant }), [placed('o1', [['a', 1]])]).answers).toMatchObject([{ refusal: { reason } }]);
  });

  it('is refused as NOT_SOLD when nobody knows the variant', () => {
    const refusal = { reason: 'NOT_SOLD', lines: [{ sku: 'x', requested: 1, available: 0 }] };
    expect(settle(known({}), [placed('o1', [['x', 1]])]).answers).toMatchObject([{ refusal }]);
  });

  it('is answered the same when asked again, and holds nothing twice', () => {
    const once = settle(known({ a: offer(5) }), [placed('o1', [['a', 3]])]);
    const decisions = once.decisions;
    const again = settle(
      known({ a: offer(5, { level: { onHand: 5, reserved: 3 } }) }, { decisions, holds: once.holds }),
      [placed('o1', [['a', 3]])],
    );
    expect(again.answers).toEqual(once.answers);
    expect(again.movements).toEqual([]);

    const refused = settle(known({ a: offer(0) }), [placed('o2', [['a', 1]])]);
    const later = settle(known({ a: offer(9) }, { decisions: refused.decisions }), [placed('o2', [['a', 1]])]);
    expect(later.answers).toEqual(refused.answers);
  });

  it('holds nothing when it was cancelled before it came', () => {
    const state = settle(known({}), [{ type: 'CANCELLED', orderId: 'o1' }]);
    const { answers, movements } = settle(known({ a: offer(5) }, { decisions: state.decisions }), [
      placed('o1', [['a', 1]]),
    ]);
    expect([answers, movements]).toEqual([[], []]);
  });
});

describe('an order that holds stock', () => {
  const state = known(
    { a: offer(5, { level: { onHand: 5, reserved: 3 } }) },
    { holds: [held('o1', 'a', 3)], decisions: new Map<string, Decision>([['o1', { outcome: 'RESERVED' }]]) },
  );

  it('gives back a part, and never more than it holds', () => {
    const events = [1, 1, 5].map(
      (quantity): OrderEvent => ({ type: 'LINES_CANCELLED', orderId: 'o1', lines: [{ variantId: 'a', quantity }] }),
    );
    const { levels, movements, holds } = settle(state, events);
    expect(movements.map((movement) => movement.reservedChange)).toEqual([-1, -1, -1]);
    expect(levels.get('a')).toEqual({ onHand: 5, reserved: 0 });
    expect(holds).toEqual([{ ...held('o1', 'a', 0), state: 'RELEASED' }]);
  });

  it('ships once: what was shipped can be neither shipped nor given back again', () => {
    const shipped: OrderEvent = { type: 'SHIPPED', orderId: 'o1' };
    const { levels, movements, holds } = settle(state, [shipped, shipped, { type: 'CANCELLED', orderId: 'o1' }]);
    expect(movements).toMatchObject([{ kind: 'SHIPMENT', onHandChange: -3, reservedChange: -3 }]);
    expect(levels.get('a')).toEqual({ onHand: 2, reserved: 0 });
    expect(holds).toEqual([{ ...held('o1', 'a', 0), state: 'SHIPPED' }]);
  });
});

it('reports events of orders that were never placed here', () => {
  const shipped: OrderEvent = { type: 'SHIPPED', orderId: 'o9' };
  expect(settle(known({}), [shipped]).strays).toEqual([shipped]);
});

describe('whatever arrives, in whatever batches', () => {
  it.each(Array.from({ length: 300 }, (_, seed) => seed + 1))(
    'never oversells and never loses a unit (seed %i)',
    (seed) => {
      const random = randomFrom(seed);
      const variants = ['a', 'b', 'c'];
      const opening = new Map(variants.map((id): [string, Level] => [id, { onHand: random(12), reserved: 0 }]));
      let levels = new Map(opening);
      const decisions = new Map<string, Decision>();
      const holds = new Map<string, Hold>();
      const ledger: { variantId: string; onHandChange: number; reservedChange: number }[] = [];

      for (let batch = 0; batch < 6; batch++) {
        const events = Array.from({ length: random(6) }, () => randomEvent(random, variants));
        const offers = new Map([...levels].map(([id, level]) => [id, offer(0, { level })]));
        const before = new Map(decisions);
        const settlement = settle({ offers, decisions, holds: [...holds.values()] }, events);

        levels = new Map([...levels, ...settlement.levels]);
        for (const [orderId, decision] of settlement.decisions) decisions.set(orderId, decision);
        for (const hold of settlement.holds) holds.set(`${hold.orderId} ${hold.variantId}`, hold);
        ledger.push(...settlement.movements);
        expectWholeOrders(settlement.answers, before, settlement.movements);
      }

      for (const [id, level] of levels) {
        const movements = ledger.filter((movement) => movement.variantId === id);
        expect(available(level)).toBeGreaterThanOrEqual(0);
        expect(level.reserved).toBeGreaterThanOrEqual(0);
        expect(movements.reduce(apply, opening.get(id) ?? { onHand: 0, reserved: 0 })).toEqual(level);
        const stillHeld = [...holds.values()].filter((hold) => hold.variantId === id && hold.state === 'HELD');
        expect(stillHeld.reduce((sum, hold) => sum + hold.quantity, 0)).toBe(level.reserved);
      }
    },
  );
});

type Settled = ReturnType<typeof settle>;

/** An order answered RESERVED for the first time has exactly the movements of its lines; a refused one has none. */
function expectWholeOrders(
  answers: Settled['answers'],
  before: Map<string, Decision>,
  movements: Settled['movements'],
) {
  const first = new Map(answers.toReversed().map((answer) => [answer.orderId, answer]));
  for (const answer of first.values()) {
    const reserved = movements.filter(({ orderId, kind }) => orderId === answer.orderId && kind === 'RESERVATION');
    const booked = reserved.map(({ variantId, reservedChange }) => ({ variantId, quantity: reservedChange }));
    if (answer.type === 'REFUSED' || before.has(answer.orderId)) expect(booked).toEqual([]);
    else expect(booked).toEqual(answer.lines);
  }
}

function randomEvent(random: (below: number) => number, variants: readonly string[]): OrderEvent {
  const orderId = `o${random(8)}`;
  const line = () => ({ variantId: variants[random(variants.length)] ?? 'a', quantity: 1 + random(5) });
  const lines = Array.from({ length: 1 + random(3) }, line);
  switch (random(5)) {
    case 0:
      return { type: 'LINES_CANCELLED', orderId, lines };
    case 1:
      return { type: 'CANCELLED', orderId };
    case 2:
      return { type: 'SHIPPED', orderId };
    default:
      return placed(
        orderId,
        lines.map(({ variantId, quantity }) => [variantId, quantity]),
      );
  }
}

/** A small generator of numbers that are the same for the same seed (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
