import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { formatAmount, type Money } from '@entrepot/money/money';
import { type Cart, type CartLine, type CatalogueVariant, totalOf } from './cart.ts';
import type { Decision, OrderLine, PostalAddress } from './order.ts';

export type Placing = {
  readonly orderId: string;
  /** One id a line. */
  readonly lineIds: readonly string[];
  readonly customerId: string;
  readonly shippingAddress: PostalAddress;
  readonly payment: { readonly provider: string; readonly token: string };
  readonly expectedTotal: Money | undefined;
  readonly at: Date;
};

/** Makes an order of a cart at today's prices. Its number comes with saving it. */
export function place(cart: Cart, placing: Placing): Decision {
  const { orderId, customerId, shippingAddress, payment, at } = placing;
  const { currencyCode } = cart;
  const totalMinor = totalOf(cart);
  if (totalMinor === null || currencyCode === null)
    throw new Rejection('CART_EMPTY', 'the cart is empty: put something into it first', ['input', 'cartId']);
  const lines = linesOf(cart.lines, placing.lineIds);
  requireTotal({ minor: totalMinor, currency: currencyCode }, placing.expectedTotal);
  const order = {
    id: orderId,
    number: '',
    customerId,
    status: 'PLACED',
    awaiting: 'STOCK',
    cancellationReason: null,
    currencyCode,
    totalMinor,
    capturedMinor: 0n,
    refundedMinor: 0n,
    shippingAddress,
    trackingCode: null,
    placedAt: at,
    version: 1,
    cartId: cart.id,
    paymentProvider: payment.provider,
    paymentToken: payment.token,
    lines,
    payments: [],
  } as const;
  const history = [{ event: 'placed', detail: null, at }] as const;
  return { order, refunds: [], history, announcements: [{ type: 'placed' }], reopensCart: false };
}

function linesOf(lines: readonly CartLine[], ids: readonly string[]): OrderLine[] {
  const gone = lines.filter(({ variant }) => variant === undefined);
  const [first, ...rest] = gone.map(notSold);
  if (first) throw Rejection.all([first, ...rest]);
  return lines.flatMap(({ variant, quantity }, position) =>
    variant ? [toOrderLine(variant, quantity, position, ids[position])] : [],
  );
}

function toOrderLine(variant: CatalogueVariant, quantity: number, position: number, id: string | undefined): OrderLine {
  if (id === undefined) throw new Error(`line ${position} was given no id`);
  const { sku, productName, variantName, priceMinor } = variant;
  const names = { sku, productName, variantName };
  return { id, position, variantId: variant.id, ...names, quantity, cancelledQuantity: 0, unitPriceMinor: priceMinor };
}

const notSold = ({ sku }: CartLine): Problem => ({
  code: 'NOT_SOLD',
  message: `${sku} is not sold any more: take it out of the cart`,
  path: ['input', 'cartId'],
});

function requireTotal(total: Money, expected: Money | undefined): void {
  if (!expected || (expected.minor === total.minor && expected.currency === total.currency)) return;
  const told = (money: Money) => `${formatAmount(money)} ${money.currency}`;
  throw new Rejection('TOTAL_CHANGED', `the total is ${told(total)}, not ${told(expected)}: show it and ask again`, [
    'input',
    'expectedTotal',
  ]);
}
