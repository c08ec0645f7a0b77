import { describe, expect, it } from 'vitest';
import { type SagaEvent, type SagaState, stateOf, statusOf, stepOf } from './saga.ts';

const STATES = ['RESERVING', 'PAYING', 'PAID', 'SHIPPED', 'CANCELLED'] as const;
const EVENTS = [
  'stock-reserved',
  'stock-refused',
  'captured',
  'captured-late',
  'declined',
  'given-up',
  'cancel',
  'cancel-lines',
  'ship',
] as const;

/** Where every event leads from every state; `-` is illegal. */
const TABLE: Record<SagaState, string> = {
  //          reserved  refused   captured  late      declined  given-up  cancel    lines     ship
  RESERVING: 'PAYING    CANCELLED -         -         -         -         -         -         -',
  PAYING: '   PAYING    -         PAID      -         CANCELLED CANCELLED -         -         -',
  PAID: '     PAID      -         PAID      -         -         PAID      CANCELLED PAID      SHIPPED',
  SHIPPED: '  SHIPPED   -         SHIPPED   -         -         SHIPPED   -         -         -',
  CANCELLED: 'CANCELLED CANCELLED CANCELLED CANCELLED CANCELLED CANCELLED -         -         -',
};

describe('the saga', () => {
  const rows = STATES.flatMap((state) => {
    const targets = TABLE[state].trim().split(/\s+/);
    return EVENTS.map((event, index): [SagaState, SagaEvent, string] => [state, event, targets[index] ?? '-']);
  });
  it.each(rows)('%s takes %s to %s', (state, event, target) => {
    expect(stepOf(state, event)?.state ?? '-').toBe(target);
  });

  it('gives the stock back on every way from PLACED or PAID to CANCELLED', () => {
    for (const [state, event, target] of rows.filter(([from, , to]) => from !== 'CANCELLED' && to === 'CANCELLED'))
      expect([state, event, target, stepOf(state, event)?.commands]).toEqual([
        state,
        event,
        target,
        expect.arrayContaining(['announce-cancelled']),
      ]);
  });

  it('takes money only for stock that is reserved', () => {
    for (const [state, event] of rows)
      if (stepOf(state, event)?.commands.includes('open-payment'))
        expect([state, event]).toEqual(['RESERVING', 'stock-reserved']);
  });

  it.each(STATES)('shows and keeps %s so that it is known again', (state) => {
    expect(stateOf(statusOf(state))).toBe(state);
  });
});
