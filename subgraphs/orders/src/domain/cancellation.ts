import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { MAX_LINES } from './cart.ts';
import { type Decision, leftOf, type Order, type OrderLine } from './order.ts';
import { stateOf, stepOf } from './saga.ts';
import { advance, type Now } from './settlement.ts';
import { isKeepable, quoted } from './text.ts';

export type Canceller = { readonly id: string; readonly isOrderManager: boolean };
export type CancelCommand = {
  readonly by: Canceller;
  /** Left out: the whole order. */
  readonly lines?: readonly { readonly lineId: string; readonly quantity: number }[];
  readonly note: string | null;
};

const MAX_NOTE = 200;

/** Cancels an order that is paid and not shipped, or some of it: refunds exactly what is cancelled. */
export function cancel(order: Order, { by, lines, note }: CancelCommand, now: Now): Decision {
  // NOT_FOUND, not FORBIDDEN: a stranger must not learn which order ids exist.
  if (by.id !== order.customerId && !by.isOrderManager) throw new Rejection('NOT_FOUND', 'no such order', idPath);
  if (note !== null && (note.length > MAX_NOTE || !isKeepable(note)))
    throw new Rejection('INVALID_NOTE', `the note has ${note.length} characters: at most ${MAX_NOTE}, without NUL`, [
      'input',
      'note',
    ]);
  if (!stepOf(stateOf(order), 'cancel')) throw refusal(order);

  const after = lines ? cancelLines(order, lines) : order.lines.map(cancelAll);
  if (after.every((line) => leftOf(line) === 0)) {
    const history = [['cancelled', note] as const];
    const refundMinor = order.capturedMinor - order.refundedMinor;
    return advance(order, 'cancel', { reason: 'REQUESTED', history, refundMinor, lines: after }, now);
  }
  const history = [['line-cancelled', describe(order.lines, after, note)] as const];
  return advance(order, 'cancel-lines', { history, refundMinor: worth(order.lines) - worth(after), lines: after }, now);
}

const idPath = ['input', 'orderId'];

function refusal({ id, status }: Order): Rejection {
  const why = status === 'PLACED' ? 'is still being settled: try again in a moment' : `is ${status}`;
  return new Rejection('INVALID_STATE', `order ${id} ${why}`, idPath);
}

function cancelLines(order: Order, wanted: NonNullable<CancelCommand['lines']>): OrderLine[] {
  if (wanted.length > MAX_LINES)
    throw new Rejection('INVALID_LINE', `${wanted.length} lines are given: at most ${MAX_LINES}`, ['input', 'lines']);
  const problems: Problem[] = [];
  const quantities = new Map<string, number>();
  const left = new Map(order.lines.map((line) => [line.id, leftOf(line)]));
  for (const [index, { lineId, quantity }] of wanted.entries()) {
    const path = ['input', 'lines', String(index)];
    const available = left.get(lineId);
    if (available === undefined)
      problems.push({
        code: 'INVALID_LINE',
        message: `${quoted(lineId)} is no line of the order`,
        path: [...path, 'lineId'],
      });
    else if (quantities.has(lineId))
      problems.push({ code: 'INVALID_LINE', message: `${lineId} is given twice`, path: [...path, 'lineId'] });
    else if (quantity < 1 || quantity > available)
      problems.push({
        code: 'INVALID_QUANTITY',
        message: `${quantity} of ${lineId} cannot be cancelled: ${available} are left of it`,
        path: [...path, 'quantity'],
      });
    quantities.set(lineId, quantity);
  }
  if (wanted.length === 0)
    problems.push({
      code: 'INVALID_LINE',
      message: 'no lines are given: leave `lines` out to cancel the whole order',
      path: ['input', 'lines'],
    });
  const [first, ...rest] = problems;
  if (first) throw Rejection.all([first, ...rest]);
  return order.lines.map((line) => cancelSome(line, quantities.get(line.id) ?? 0));
}

const cancelAll = (line: OrderLine): OrderLine => cancelSome(line, leftOf(line));

/** A line of which nothing is cancelled stays the same object, so that nothing is saved of it. */
const cancelSome = (line: OrderLine, quantity: number): OrderLine =>
  quantity === 0 ? line : { ...line, cancelledQuantity: line.cancelledQuantity + quantity };

const worth = (lines: readonly OrderLine[]): bigint =>
  lines.reduce((sum, line) => sum + line.unitPriceMinor * BigInt(leftOf(line)), 0n);

function describe(before: readonly OrderLine[], after: readonly OrderLine[], note: string | null): string {
  const cancelled = before.flatMap((line, index) => {
    const quantity = leftOf(line) - leftOf(after[index] ?? line);
    return quantity > 0 ? [`${quantity} × ${line.sku}`] : [];
  });
  const shown = cancelled.length > 5 ? [...cancelled.slice(0, 5), `and ${cancelled.length - 5} more`] : cancelled;
  return note ? `${shown.join(', ')}: ${note}` : shown.join(', ');
}
