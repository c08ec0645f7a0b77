import { requireRole } from '@entrepot/service/viewer';
import type { QueryResolvers } from '../generated/graphql.ts';
import { orderPage } from './order-page.ts';

export const Query: Required<QueryResolvers> = {
  cart: (_, { id, secret }, { cartById }) => cartById.load(id, secret ?? undefined),
  order: (_, { id }, { orderById }) => orderById.load(id),
  orders: (_, { status, ...args }, { viewer, allOrders, cacheTags }) => {
    requireRole(viewer, 'ORDER_MANAGER');
    cacheTags.add('Order');
    return orderPage(`orders ${status ?? ''}`, args, (slice) => allOrders(slice, status ?? undefined));
  },
};
