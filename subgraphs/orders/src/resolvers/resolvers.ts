import { scalars } from '@entrepot/service/scalars';
import { Cart, CartLine } from './cart.ts';
import { cartMutations } from './cart-mutations.ts';
import { Money } from './money.ts';
import { Order, OrderLine, Payment } from './order.ts';
import { orderMutations } from './order-mutations.ts';
import { Query } from './query.ts';
import { User } from './user.ts';

export const resolvers = {
  ...scalars,
  Query,
  Mutation: { ...cartMutations, ...orderMutations },
  User,
  Cart,
  CartLine,
  Order,
  OrderLine,
  Payment,
  Money,
};
