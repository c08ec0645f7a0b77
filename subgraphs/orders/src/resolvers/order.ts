import type { Complete } from '@entrepot/service/complete';
import type { OrderHead } from '../domain/order.ts';
import type { OrderLineResolvers, OrderResolvers, PaymentResolvers } from '../generated/graphql.ts';
import type { OrderLineModel, PaymentModel } from './models.ts';

export const Order: Complete<OrderResolvers, OrderHead> = {
  __resolveReference: ({ id }, { orderById }) => orderById.load(id),
  customer: ({ customerId }) => ({ id: customerId }),
  lines: async ({ id, currencyCode }, _, { linesOf }) =>
    (await linesOf.load(id)).map((line) => ({ ...line, currencyCode })),
  payments: async ({ id, currencyCode }, _, { paymentsOf }) =>
    (await paymentsOf.load(id)).map((payment) => ({ ...payment, currencyCode })),
  history: ({ id }, _, { historyOf }) => historyOf.load(id),
  total: ({ totalMinor: minor, currencyCode: currency }) => ({ minor, currency }),
  paid: ({ capturedMinor, refundedMinor, currencyCode: currency }) => ({
    minor: capturedMinor - refundedMinor,
    currency,
  }),
  refunded: ({ refundedMinor: minor, currencyCode: currency }) => ({ minor, currency }),
};

export const OrderLine: Complete<OrderLineResolvers, OrderLineModel> = {
  variant: ({ variantId }) => ({ id: variantId }),
  unitPrice: ({ unitPriceMinor: minor, currencyCode: currency }) => ({ minor, currency }),
  total: ({ unitPriceMinor, quantity, currencyCode: currency }) => ({
    minor: unitPriceMinor * BigInt(quantity),
    currency,
  }),
};

export const Payment: Complete<PaymentResolvers, PaymentModel> = {
  amount: ({ amountMinor: minor, currencyCode: currency }) => ({ minor, currency }),
  refunded: ({ refundedMinor: minor, currencyCode: currency }) => ({ minor, currency }),
};
