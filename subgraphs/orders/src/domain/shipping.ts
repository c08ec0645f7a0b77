import { Rejection } from '@entrepot/kernel/rejection';
import type { Decision, Order } from './order.ts';
import { stateOf, stepOf } from './saga.ts';
import { advance, type Now } from './settlement.ts';
import { isKeepable } from './text.ts';

const MAX_TRACKING_CODE = 100;

/** Marks a paid order as shipped: final. */
export function ship(order: Order, trackingCode: string | null, now: Now): Decision {
  if (trackingCode !== null && (trackingCode.length > MAX_TRACKING_CODE || !isKeepable(trackingCode)))
    throw new Rejection(
      'INVALID_TRACKING_CODE',
      `the tracking code has ${trackingCode.length} characters: at most ${MAX_TRACKING_CODE}, without NUL`,
      ['input', 'trackingCode'],
    );
  if (!stepOf(stateOf(order), 'ship'))
    throw new Rejection('INVALID_STATE', `order ${order.id} is ${order.status}: only a PAID order can be shipped`, [
      'input',
      'orderId',
    ]);
  return advance(order, 'ship', { history: [['shipped', trackingCode]], trackingCode }, now);
}
