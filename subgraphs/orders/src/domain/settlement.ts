import {
  type Announcement,
  type CancellationReason,
  type Decision,
  type HistoryEntry,
  type HistoryEvent,
  leftOf,
  type Order,
  type OrderLine,
  type Payment,
  type Refund,
  type RefusalReason,
  unchanged,
} from './order.ts';
import { type SagaEvent, stateOf, statusOf, stepOf } from './saga.ts';

/** Time and ids that a step may need; given, so that a step is a function of its arguments. */
export type Now = { readonly at: Date; readonly paymentId: string; readonly refundId: string };

/** What the provider is known to have made of a payment. */
export type PaymentAnswer =
  | { readonly type: 'captured' | 'declined' }
  /** Given up: nothing is captured, as far as is known; `checkAt` is when to make sure. */
  | { readonly type: 'given-up'; readonly checkAt: Date };

/** What a step is about, beyond its name; `cancel…` commands bring the lines as they will be. */
type Facts = {
  readonly reason?: CancellationReason;
  readonly history: readonly (readonly [HistoryEvent, string | null])[];
  readonly refundMinor?: bigint;
  readonly lines?: readonly OrderLine[];
  readonly trackingCode?: string | null;
  readonly checkAt?: Date | null;
};

const cancelled = ['cancelled', null] as const;

/** The products service has set the stock aside. */
export function reserve(order: Order, now: Now): Decision {
  return advance(order, 'stock-reserved', { history: [['reserved', null]] }, now);
}

/** The products service could not. */
export function refuse(order: Order, reason: RefusalReason, detail: string | null, now: Now): Decision {
  return advance(order, 'stock-refused', { reason, history: [['refused', detail ?? reason], cancelled] }, now);
}

/** The provider has answered about a payment, perhaps not for the first time and perhaps too late. */
export function answer(order: Order, paymentId: string, given: PaymentAnswer, now: Now): Decision {
  const payment = order.payments.find(({ id }) => id === paymentId);
  if (!payment) throw new Error(`order ${order.id} has no payment ${paymentId}`);
  if (payment.status === 'CAPTURED' && given.type === 'captured') return unchanged(order);
  if (given.type === 'captured') return capture(order, payment, now);
  if (given.type !== 'given-up')
    return advance(
      order,
      'declined',
      { reason: 'PAYMENT_DECLINED', history: [['payment-failed', 'The payment was declined.'], cancelled] },
      now,
    );
  return advance(
    order,
    'given-up',
    {
      reason: 'PAYMENT_TIMED_OUT',
      history: [['payment-failed', 'The payment provider did not answer in time.'], cancelled],
      checkAt: given.checkAt,
    },
    now,
  );
}

function capture(order: Order, payment: Payment, now: Now): Decision {
  if (payment.status === 'PENDING') return advance(order, 'captured', { history: [['paid', null]] }, now);
  const late = 'The provider took the payment after it had been given up: it is refunded.';
  return advance(
    order,
    'captured-late',
    { history: [['payment-failed', late]], refundMinor: payment.amountMinor, checkAt: null },
    now,
  );
}

/** Takes the one legal step for the event and carries out its commands on the order. @throws when there is none. */
export function advance(order: Order, event: SagaEvent, facts: Facts, now: Now): Decision {
  const from = stateOf(order);
  const step = stepOf(from, event);
  if (!step) throw new IllegalStep(from, event);
  if (step.state === from && step.commands.length === 0) return unchanged(order);

  const { commands, state } = step;
  const does = (command: (typeof commands)[number]) => commands.includes(command);
  const refundMinor = does('refund') ? (facts.refundMinor ?? 0n) : 0n;
  const payments = paymentsAfter(order, { ...facts, refundMinor }, now, does);
  const refunded = payments.find(({ status }) => status === 'CAPTURED');
  const next: Order = {
    ...order,
    ...statusOf(state),
    cancellationReason: state === 'CANCELLED' ? (order.cancellationReason ?? facts.reason ?? null) : null,
    capturedMinor: does('record-capture') ? order.totalMinor : order.capturedMinor,
    refundedMinor: order.refundedMinor + refundMinor,
    // Kept only as long as the provider may have to be asked again.
    paymentToken: state === 'RESERVING' || state === 'PAYING' ? order.paymentToken : null,
    trackingCode: facts.trackingCode ?? order.trackingCode,
    lines: facts.lines ?? order.lines,
    payments,
  };
  const refunds: Refund[] =
    refundMinor > 0n && refunded ? [{ id: now.refundId, paymentId: refunded.id, amountMinor: refundMinor }] : [];
  const history: HistoryEntry[] = facts.history.map(([name, detail]) => ({ event: name, detail, at: now.at }));
  return {
    order: next,
    refunds,
    history,
    announcements: announced(order, next, does),
    reopensCart: does('reopen-cart'),
  };
}

type Does = (command: NonNullable<ReturnType<typeof stepOf>>['commands'][number]) => boolean;

function paymentsAfter(order: Order, facts: Facts & { refundMinor: bigint }, now: Now, does: Does): readonly Payment[] {
  if (does('open-payment')) return [...order.payments, pending(order, now)];
  // One payment an order: see the partial unique index that lets only one stand.
  return order.payments.map((payment) => {
    const { checkAt = payment.checkAt } = facts;
    if (does('record-capture'))
      return { ...payment, status: 'CAPTURED', refundedMinor: payment.refundedMinor + facts.refundMinor, checkAt };
    if (does('record-decline')) return { ...payment, status: 'DECLINED' };
    if (does('record-void')) return { ...payment, status: 'VOIDED', checkAt };
    if (facts.refundMinor > 0n) return { ...payment, refundedMinor: payment.refundedMinor + facts.refundMinor };
    return payment;
  });
}

function pending(order: Order, { at, paymentId }: Now): Payment {
  return {
    id: paymentId,
    provider: order.paymentProvider,
    status: 'PENDING',
    amountMinor: order.totalMinor,
    refundedMinor: 0n,
    checkAt: null,
    createdAt: at,
  };
}

function announced(before: Order, after: Order, does: Does): Announcement[] {
  if (does('announce-paid')) return [{ type: 'paid' }];
  if (does('announce-cancelled')) return [{ type: 'cancelled' }];
  if (does('announce-shipped')) return [{ type: 'shipped' }];
  if (does('announce-lines-cancelled')) return [{ type: 'lines-cancelled', lines: givenBack(before, after) }];
  return [];
}

/** By variant: a variant may stand on several lines. */
function givenBack(before: Order, after: Order): { variantId: string; quantity: number }[] {
  const quantities = new Map<string, number>();
  for (const [index, line] of before.lines.entries()) {
    const quantity = leftOf(line) - leftOf(after.lines[index] ?? line);
    if (quantity > 0) quantities.set(line.variantId, (quantities.get(line.variantId) ?? 0) + quantity);
  }
  return [...quantities].map(([variantId, quantity]) => ({ variantId, quantity }));
}

/** An event that its order's state does not allow. From a person it is a rejection; from a service, a defect to look at. */
export class IllegalStep extends Error {
  constructor(state: string, event: SagaEvent) {
    super(`an order that is ${state} cannot take "${event}"`);
    this.name = 'IllegalStep';
  }
}
