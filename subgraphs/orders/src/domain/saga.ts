import type { Order } from './order.ts';

export type SagaState = 'RESERVING' | 'PAYING' | 'PAID' | 'SHIPPED' | 'CANCELLED';
export type SagaEvent =
  | 'stock-reserved'
  | 'stock-refused'
  | 'captured'
  /** The provider took the money of a payment that had been given up or declined. */
  | 'captured-late'
  | 'declined'
  | 'given-up'
  | 'cancel'
  | 'cancel-lines'
  | 'ship';
export type Command =
  | 'open-payment'
  | 'record-capture'
  | 'record-decline'
  | 'record-void'
  | 'refund'
  | 'reopen-cart'
  | 'announce-paid'
  | 'announce-cancelled'
  | 'announce-lines-cancelled'
  | 'announce-shipped';
export type Step = { readonly state: SagaState; readonly commands: readonly Command[] };

const to = (state: SagaState, ...commands: Command[]): Step => ({ state, commands });

/**
 * Every legal step of an order, from placing to its end. What is missing here is illegal; a step to the same state
 * without commands is a repeat, which events delivered at least once bring and which changes nothing.
 */
const steps: Record<SagaState, Partial<Record<SagaEvent, Step>>> = {
  RESERVING: {
    'stock-reserved': to('PAYING', 'open-payment'),
    'stock-refused': to('CANCELLED', 'reopen-cart', 'announce-cancelled'),
  },
  PAYING: {
    'stock-reserved': to('PAYING'),
    captured: to('PAID', 'record-capture', 'announce-paid'),
    declined: to('CANCELLED', 'record-decline', 'reopen-cart', 'announce-cancelled'),
    'given-up': to('CANCELLED', 'record-void', 'reopen-cart', 'announce-cancelled'),
  },
  PAID: {
    'stock-reserved': to('PAID'),
    captured: to('PAID'),
    // Two processes drove the same payment: one heard of the capture, the other could not reach the provider.
    'given-up': to('PAID'),
    cancel: to('CANCELLED', 'refund', 'announce-cancelled'),
    'cancel-lines': to('PAID', 'refund', 'announce-lines-cancelled'),
    ship: to('SHIPPED', 'announce-shipped'),
  },
  SHIPPED: {
    'stock-reserved': to('SHIPPED'),
    captured: to('SHIPPED'),
    'given-up': to('SHIPPED'),
  },
  CANCELLED: {
    'stock-reserved': to('CANCELLED'),
    'stock-refused': to('CANCELLED'),
    captured: to('CANCELLED'),
    'captured-late': to('CANCELLED', 'record-capture', 'refund'),
    declined: to('CANCELLED'),
    'given-up': to('CANCELLED'),
  },
};

/** The step that an event means in a state; undefined when it is illegal there. */
export function stepOf(state: SagaState, event: SagaEvent): Step | undefined {
  return steps[state][event];
}

export function stateOf({ status, awaiting }: Pick<Order, 'status' | 'awaiting'>): SagaState {
  if (status !== 'PLACED') return status;
  return awaiting === 'PAYMENT' ? 'PAYING' : 'RESERVING';
}

/** How a state is shown and kept. */
export function statusOf(state: SagaState): Pick<Order, 'status' | 'awaiting'> {
  if (state === 'RESERVING') return { status: 'PLACED', awaiting: 'STOCK' };
  if (state === 'PAYING') return { status: 'PLACED', awaiting: 'PAYMENT' };
  return { status: state, awaiting: null };
}
