import type { Problem } from '@entrepot/kernel/rejection';
import type { CancellationReason, OrderHead } from './order.ts';

/** What whoever placed an order is told when it came to nothing. */
const problems: Record<CancellationReason, readonly [code: string, message: string]> = {
  OUT_OF_STOCK: ['OUT_OF_STOCK', 'there are not enough of something; the order was cancelled'],
  PRICE_CHANGED: [
    'PRICE_CHANGED',
    'a price has just changed; the order was cancelled: look at the cart and place it again',
  ],
  NOT_SOLD: ['NOT_SOLD', 'something in it is not sold any more; the order was cancelled'],
  PAYMENT_DECLINED: ['PAYMENT_DECLINED', 'the payment was declined; the order was cancelled'],
  PAYMENT_TIMED_OUT: [
    'PAYMENT_TIMED_OUT',
    'the payment provider did not answer; the order was cancelled, nothing is charged',
  ],
  REQUESTED: ['CANCELLED', 'the order was cancelled'],
};

export function problemsOf(order: Pick<OrderHead, 'cancellationReason'> | undefined): Problem[] {
  const reason = order?.cancellationReason;
  if (!reason) return [];
  const [code, message] = problems[reason];
  return [{ code, message }];
}
