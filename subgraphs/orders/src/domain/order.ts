export const ORDER_STATUSES = ['PLACED', 'PAID', 'SHIPPED', 'CANCELLED'] as const;
export type OrderStatus = (typeof ORDER_STATUSES)[number];

/** What a PLACED order waits for. */
export const AWAITED = ['STOCK', 'PAYMENT'] as const;
export type Awaiting = (typeof AWAITED)[number];

/** Why products refused to reserve. */
export type RefusalReason = 'OUT_OF_STOCK' | 'PRICE_CHANGED' | 'NOT_SOLD';
export const CANCELLATION_REASONS = [
  'REQUESTED',
  'OUT_OF_STOCK',
  'PRICE_CHANGED',
  'NOT_SOLD',
  'PAYMENT_DECLINED',
  'PAYMENT_TIMED_OUT',
] as const;
export type CancellationReason = (typeof CANCELLATION_REASONS)[number];

export const PAYMENT_STATUSES = ['PENDING', 'CAPTURED', 'DECLINED', 'VOIDED'] as const;
export type PaymentStatus = (typeof PAYMENT_STATUSES)[number];

export type PostalAddress = {
  readonly recipient: string;
  readonly lines: readonly string[];
  readonly city: string;
  readonly region: string | null;
  readonly postalCode: string | null;
  readonly countryCode: string;
};

/** What a list or a page shows of an order without asking for more. */
export type OrderHead = {
  readonly id: string;
  readonly number: string;
  readonly customerId: string;
  readonly status: OrderStatus;
  readonly awaiting: Awaiting | null;
  readonly cancellationReason: CancellationReason | null;
  readonly currencyCode: string;
  readonly totalMinor: bigint;
  readonly capturedMinor: bigint;
  /** What was given back, refunds under way included. */
  readonly refundedMinor: bigint;
  readonly shippingAddress: PostalAddress;
  readonly trackingCode: string | null;
  readonly placedAt: Date;
};

export type OrderLine = {
  readonly id: string;
  readonly position: number;
  readonly variantId: string;
  readonly sku: string;
  readonly productName: string;
  readonly variantName: string;
  readonly quantity: number;
  readonly cancelledQuantity: number;
  readonly unitPriceMinor: bigint;
};

export type Payment = {
  readonly id: string;
  readonly provider: string;
  readonly status: PaymentStatus;
  readonly amountMinor: bigint;
  readonly refundedMinor: bigint;
  /** When to ask whether a payment given up was captured after all; null when that is settled. */
  readonly checkAt: Date | null;
  readonly createdAt: Date;
};

/** The whole of an order: what a decision about it may need. */
export type Order = OrderHead & {
  readonly version: number;
  readonly cartId: string;
  readonly paymentProvider: string;
  /** Null once it was used. */
  readonly paymentToken: string | null;
  readonly lines: readonly OrderLine[];
  readonly payments: readonly Payment[];
};

/** Money owed back for a payment. The id, a UUID, is also the idempotency key at the provider. */
export type Refund = { readonly id: string; readonly paymentId: string; readonly amountMinor: bigint };

export type HistoryEvent =
  | 'placed'
  | 'reserved'
  | 'refused'
  | 'paid'
  | 'payment-failed'
  | 'line-cancelled'
  | 'cancelled'
  | 'refunded'
  | 'shipped';
export type HistoryEntry = { readonly event: HistoryEvent; readonly detail: string | null; readonly at: Date };

/** What the rest of the shop is told. */
export type Announcement =
  | { readonly type: 'placed' | 'paid' | 'cancelled' | 'shipped' }
  | { readonly type: 'lines-cancelled'; readonly lines: readonly { variantId: string; quantity: number }[] };

/** What a command or an event makes of an order: saved whole, in one transaction, or not at all. */
export type Decision = {
  readonly order: Order;
  readonly refunds: readonly Refund[];
  readonly history: readonly HistoryEntry[];
  readonly announcements: readonly Announcement[];
  /** Whether the cart may be ordered again, since nothing came of this order. */
  readonly reopensCart: boolean;
};

export const unchanged = (order: Order): Decision => ({
  order,
  refunds: [],
  history: [],
  announcements: [],
  reopensCart: false,
});

/** Whether stock and payment are settled, one way or the other. */
export const isSettled = ({ status }: Pick<OrderHead, 'status'>): boolean => status !== 'PLACED';

/** What of a line is neither cancelled nor given back. */
export const leftOf = ({ quantity, cancelledQuantity }: OrderLine): number => quantity - cancelledQuantity;
