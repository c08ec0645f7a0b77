import { requireUuid } from '@entrepot/kernel/ids';
import { hasRole, type Viewer } from '@entrepot/kernel/viewer';
import { byKey, groupedByKey } from '@entrepot/service/loader';
import type { RequestScope } from '@entrepot/service/subgraph-server';
import DataLoader from 'dataloader';
import type { Checkout } from './checkout.ts';
import type { Cart } from './domain/cart.ts';
import type { Order, OrderHead, OrderStatus } from './domain/order.ts';
import type { CartKeys, CartStore } from './store/cart-store.ts';
import type { OrderReads, Slice } from './store/order-reads.ts';
import type { OrderStore } from './store/order-store.ts';

/** What lives as long as the process. */
export type Parts = {
  readonly orders: Pick<OrderStore, 'change'>;
  readonly carts: Pick<CartStore, 'open' | 'change' | 'claim' | 'loadMany'>;
  readonly reads: OrderReads;
  readonly placeOrder: Checkout;
};

/** What one request may hold: every read by key is bound to its viewer here, so that no resolver can forget to ask. */
export type Context = RequestScope &
  Pick<Parts, 'orders' | 'carts' | 'placeOrder'> & {
    /** An order the viewer may see; null for every other id. */
    readonly orderById: { load(id: string): Promise<OrderHead | null> };
    readonly linesOf: Loader<Awaited<ReturnType<OrderReads['lines']>>>;
    readonly paymentsOf: Loader<Awaited<ReturnType<OrderReads['payments']>>>;
    readonly historyOf: Loader<Awaited<ReturnType<OrderReads['history']>>>;
    /** A cart that is the viewer's or that the secret opens, and that was not ordered; null for every other. */
    readonly cartById: { load(id: string, secret?: string): Promise<Cart | null> };
    /** Whether a user's orders are the viewer's to see. */
    readonly maySeeOrdersOf: (userId: string) => boolean;
    /** A user's orders; none when they are not the viewer's to see. */
    readonly ordersOf: (userId: string, slice: Slice) => Promise<OrderHead[]>;
    readonly allOrders: (slice: Slice, status: OrderStatus | undefined) => Promise<OrderHead[]>;
    /** Remembers what is known of an order already, so that answering with it asks for nothing again. */
    readonly known: (order: Order) => Order;
  };

type Loader<Rows> = DataLoader<string, Rows>;

export function createContext(parts: Parts, scope: RequestScope): Context {
  const { reads, carts } = parts;
  const { viewer } = scope;
  const heads = byKey(async (ids: readonly string[]) => (await reads.heads(ids)).filter(maySee(viewer)), idOf);
  const linesOf = groupedByKey(reads.lines, orderIdOf);
  const paymentsOf = groupedByKey(reads.payments, orderIdOf);
  const cartLoader = createCartLoader(carts, viewer);
  const slices = createSliceLoader(reads);
  return {
    ...scope,
    orders: parts.orders,
    carts,
    placeOrder: parts.placeOrder,
    orderById: {
      async load(id) {
        // Told to whoever sent it, before it can spoil the batch of the others.
        requireUuid('ord', id);
        return heads.load(id);
      },
    },
    linesOf,
    paymentsOf,
    historyOf: groupedByKey(reads.history, orderIdOf),
    cartById: {
      async load(id, secret) {
        requireUuid('cart', id);
        return cartLoader.load({ cartId: id, secret });
      },
    },
    maySeeOrdersOf: (customerId) => maySee(viewer)({ customerId }),
    ordersOf: async (userId, slice) => {
      requireUuid('usr', userId);
      return maySee(viewer)({ customerId: userId }) ? slices.load({ userId, ...slice }) : [];
    },
    allOrders: reads.all,
    known: (order) => {
      linesOf.prime(
        order.id,
        order.lines.map((line) => ({ ...line, orderId: order.id })),
      );
      paymentsOf.prime(
        order.id,
        order.payments.map((payment) => ({ ...payment, orderId: order.id })),
      );
      return order;
    },
  };
}

const maySee =
  (viewer: Viewer | undefined) =>
  ({ customerId }: Pick<OrderHead, 'customerId'>): boolean =>
    viewer !== undefined && (viewer.id === customerId || hasRole(viewer, 'ORDER_MANAGER'));

const idOf = ({ id }: { id: string }): string => id;
const orderIdOf = ({ orderId }: { orderId: string }): string => orderId;

function createCartLoader(
  carts: Parts['carts'],
  viewer: Viewer | undefined,
): DataLoader<CartKeys, Cart | null, string> {
  return new DataLoader(
    async (keys) => {
      const states = await carts.loadMany(keys, viewer?.id);
      return states.map((state) => (state && !state.isOrdered ? state.cart : null));
    },
    { cacheKeyFn: ({ cartId, secret }) => `${cartId} ${secret ?? ''}` },
  );
}

type SliceKey = Slice & { readonly userId: string };

/** Lists of many users in one statement, as long as they ask for the same slice, as the users of one page do. */
function createSliceLoader(reads: OrderReads): DataLoader<SliceKey, OrderHead[], string> {
  const sliceOf = ({ limit, after }: SliceKey) => `${limit} ${after ?? ''}`;
  return new DataLoader(
    async (keys) => {
      const lists = new Map<SliceKey, OrderHead[]>();
      for (const group of Map.groupBy(keys, sliceOf).values()) {
        const [slice] = group;
        if (!slice) continue;
        const rows = await reads.ofCustomers(
          group.map(({ userId }) => userId),
          slice,
        );
        const byCustomer = Map.groupBy(rows, ({ customerId }) => customerId);
        for (const key of group) lists.set(key, byCustomer.get(key.userId) ?? []);
      }
      return keys.map((key) => lists.get(key) ?? []);
    },
    { cacheKeyFn: (key) => `${key.userId} ${sliceOf(key)}` },
  );
}
