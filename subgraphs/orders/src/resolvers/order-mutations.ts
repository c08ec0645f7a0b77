import { hasRole } from '@entrepot/kernel/viewer';
import { payload, toUserError } from '@entrepot/service/payload';
import { requireRole, requireViewer } from '@entrepot/service/viewer';
import { cancel } from '../domain/cancellation.ts';
import { problemsOf } from '../domain/outcome.ts';
import { ship } from '../domain/shipping.ts';
import type { MutationResolvers } from '../generated/graphql.ts';

type OrderMutations = Required<Pick<MutationResolvers, 'placeOrder' | 'cancelOrder' | 'shipOrder'>>;

export const orderMutations: OrderMutations = {
  placeOrder: (_, { input }, { viewer, placeOrder, deadline, known }) =>
    payload(async () => {
      const customerId = requireViewer(viewer).id;
      const order = known(await placeOrder({ input, customerId, deadline }));
      // Placed and come to nothing: the order tells what happened, the errors why.
      return { order, userErrors: problemsOf(order).map(toUserError) };
    }),

  cancelOrder: (_, { input: { orderId, lines, note } }, { viewer, orders, known }) =>
    payload(async () => {
      const { id } = requireViewer(viewer);
      const by = { id, isOrderManager: hasRole(viewer, 'ORDER_MANAGER') };
      const command = { by, note: note ?? null, ...(lines && { lines }) };
      return { order: known(await orders.change(orderId, (order, now) => cancel(order, command, now))) };
    }),

  shipOrder: (_, { input: { orderId, trackingCode } }, { viewer, orders, known }) => {
    requireRole(viewer, 'ORDER_MANAGER');
    return payload(async () => ({
      order: known(await orders.change(orderId, (order, now) => ship(order, trackingCode ?? null, now))),
    }));
  },
};
