import type { UserResolvers } from '../generated/graphql.ts';
import { orderPage } from './order-page.ts';

export const User: UserResolvers = {
  // Whether there is such a user is for the users service to say.
  __resolveReference: ({ id }) => ({ id }),
  orders: ({ id }, args, { maySeeOrdersOf, ordersOf }) =>
    maySeeOrdersOf(id) ? orderPage('user-orders', args, (slice) => ordersOf(id, slice)) : null,
};
