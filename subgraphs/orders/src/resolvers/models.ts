import type { OrderLine, Payment } from '../domain/order.ts';

/** All that orders know of a user. */
export type UserModel = { id: string };

/** Amounts of a part are in its order's currency. */
export type OrderLineModel = OrderLine & { currencyCode: string };
export type PaymentModel = Payment & { currencyCode: string };
