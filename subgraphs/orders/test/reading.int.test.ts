import { newUuid, typeId } from '@entrepot/kernel/ids';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aPerson, type OrdersFixture, type Person, startOrdersFixture } from './orders-fixture.ts';

let shop: OrdersFixture;
const ann = aPerson();
const bob = aPerson();
const clerk = aPerson(['ORDER_MANAGER']);
const admin = aPerson(['ADMIN']);
const ids = new Map<Person, string[]>();

beforeAll(async () => {
  // No sweeps while statements are counted.
  shop = await startOrdersFixture({ SWEEP_MS: '600000' });
  const variants = await Promise.all([1, 2, 3].map(() => shop.variant()));
  const order = async (person: Person) => {
    const placed = await shop.paidOrder(person, ...variants.map(({ sku }) => ({ sku, quantity: 2 })));
    ids.set(person, [placed.id, ...(ids.get(person) ?? [])]);
  };
  for (let index = 0; index < 55; index++) await order(index % 11 === 10 ? bob : ann);
});
afterAll(() => shop.stop());

const FIELDS =
  'id number total { amount } lines { id sku variant { id } } payments { id status } history { event } customer { id }';
const USER_ORDERS = `query ($users: [_Any!]!, $first: Int!, $after: String) { _entities(representations: $users) {
  ... on User { id orders(first: $first, after: $after) { nodes { ${FIELDS} } edges { cursor } pageInfo { hasNextPage hasPreviousPage endCursor } } } } }`;
const user = ({ id }: Person) => ({ __typename: 'User', id });

async function counting<T>(act: () => Promise<T>): Promise<[T, number]> {
  const before = await shop.statements();
  const result = await act();
  return [result, (await shop.statements()) - before];
}

/** The count also holds what the relay asks in the background, so the least of some tries is the reader's own. */
async function countingReads<T>(act: () => Promise<T>): Promise<[T, number]> {
  const [result, first] = await counting(act);
  const again = [await counting(act), await counting(act)].map(([, statements]) => statements);
  return [result, Math.min(first, ...again)];
}

describe('a page of orders', () => {
  it('of 50 with lines, payments and history costs as many statements as one of 5', async () => {
    const page = (first: number) => countingReads(() => shop.ask(USER_ORDERS, { users: [user(ann)], first }, ann));
    const [five, forFive] = await page(5);
    const [fifty, forFifty] = await page(50);
    expect(five.data._entities[0].orders.nodes).toHaveLength(5);
    expect(fifty.data._entities[0].orders.nodes).toHaveLength(50);
    expect(fifty.data._entities[0].orders.nodes[49].lines).toHaveLength(3);
    expect([forFive, forFifty]).toEqual([4, 4]);
  });

  it('of many users costs as many statements as that of one', async () => {
    const users = [ann, bob, aPerson()].map(user);
    const [{ data }, statements] = await countingReads(() => shop.ask(USER_ORDERS, { users, first: 50 }, clerk));
    expect(data._entities.map(({ orders }: { orders: { nodes: unknown[] } }) => orders.nodes.length)).toEqual([
      50, 5, 0,
    ]);
    expect(statements).toBe(4);
  });

  it('goes on where the last one ended, newest first', async () => {
    const seen: string[] = [];
    let after: string | null = null;
    do {
      const { data } = await shop.ask(USER_ORDERS, { users: [user(ann)], first: 20, after }, ann);
      const { nodes, pageInfo } = data._entities[0].orders;
      seen.push(...nodes.map(({ id }: { id: string }) => id));
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
    expect(seen).toEqual(ids.get(ann));
  });

  it('refuses a page of nothing, of too much, and a cursor of another list', async () => {
    const code = async (variables: object) =>
      (await shop.ask(USER_ORDERS, { users: [user(ann)], ...variables }, ann)).errors?.[0]?.extensions.code;
    expect(await code({ first: 0 })).toBe('INVALID_ARGUMENT');
    expect(await code({ first: 101 })).toBe('INVALID_ARGUMENT');
    expect(await code({ first: 1, after: 'nonsense' })).toBe('INVALID_CURSOR');
    const all = await shop.ask('{ orders(first: 1) { edges { cursor } } }', {}, clerk);
    expect(await code({ first: 1, after: all.data.orders.edges[0].cursor })).toBe('INVALID_CURSOR');
  });
});

describe('orders', () => {
  const LIST =
    'query ($status: OrderStatus, $after: String) { orders(first: 50, status: $status, after: $after) { nodes { id status } pageInfo { hasNextPage endCursor } } }';

  it('lists everybody’s for the back office, newest first, by state', async () => {
    const { order } = await shop.shipOrder({ orderId: ids.get(bob)?.[0] ?? '' }, clerk);
    const all = await shop.ask(LIST, {}, clerk);
    expect(all.data.orders.nodes).toHaveLength(50);
    const next = await shop.ask(LIST, { after: all.data.orders.pageInfo.endCursor }, admin);
    expect(next.data.orders).toMatchObject({ nodes: { length: 5 }, pageInfo: { hasNextPage: false } });
    const listed = [...all.data.orders.nodes, ...next.data.orders.nodes].map(({ id }: { id: string }) => id);
    expect(listed).toEqual([...listed].sort().reverse());
    expect(new Set(listed)).toEqual(new Set([...ids.values()].flat()));
    const shipped = await shop.ask(LIST, { status: 'SHIPPED' }, clerk);
    expect(shipped.data.orders.nodes).toEqual([{ id: order.id, status: 'SHIPPED' }]);
  });

  it('is closed to everybody else', async () => {
    expect((await shop.ask(LIST, {}, ann)).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await shop.ask(LIST, {}, aPerson(['CATALOGUE_MANAGER']))).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect((await shop.ask(LIST)).errors?.[0]?.extensions.code).toBe('UNAUTHENTICATED');
  });
});

describe('strangers', () => {
  const ENTITIES = `query ($of: [_Any!]!) { _entities(representations: $of) {
    ... on Order { id ${FIELDS} } ... on Cart { id lines { sku } } ... on User { id orders { nodes { id } } } } }`;

  it('see nobody’s orders and carts, by no door', async () => {
    const orderId = ids.get(ann)?.[0] ?? '';
    const cartId = await shop.cartOf(ann);
    const of = [{ __typename: 'Order', id: orderId }, { __typename: 'Cart', id: cartId }, user(ann)];
    for (const stranger of [bob, aPerson([], 'GUEST'), aPerson(['CATALOGUE_MANAGER']), undefined]) {
      expect((await shop.ask(ENTITIES, { of }, stranger)).data._entities).toEqual([
        null,
        null,
        { id: ann.id, orders: null },
      ]);
      const { data, errors } = await shop.ask(
        'query ($o: ID!, $c: ID!) { order(id: $o) { id } cart(id: $c) { id } }',
        { o: orderId, c: cartId },
        stranger,
      );
      expect([data, errors]).toEqual([{ order: null, cart: null }, undefined]);
    }
    const own = await shop.ask(ENTITIES, { of }, ann);
    expect(own.data._entities).toMatchObject([
      { id: orderId, lines: { length: 3 } },
      { id: cartId },
      { orders: { nodes: { length: 20 } } },
    ]);
  });

  it('learn nothing from ids: a wrong one fails its own entity and no other', async () => {
    const orderId = ids.get(ann)?.[0] ?? '';
    const of = [
      { __typename: 'Order', id: 'nonsense' },
      { __typename: 'Order', id: typeId('ord', newUuid()) },
      { __typename: 'Order', id: orderId },
    ];
    const { data, errors } = await shop.ask(ENTITIES, { of }, ann);
    expect(data._entities).toMatchObject([null, null, { id: orderId }]);
    expect(errors?.map(({ extensions }) => extensions.code)).toEqual(['INVALID_ID']);
  });

  it('get fifty entities in as many statements as one', async () => {
    const of = (ids.get(ann) ?? []).map((id) => ({ __typename: 'Order', id }));
    const [{ data }, statements] = await countingReads(() => shop.ask(ENTITIES, { of }, ann));
    expect(data._entities).toHaveLength(50);
    expect(statements).toBe(4);
  });
});

it('placing an order and being paid costs few statements', async () => {
  const { sku } = await shop.variant();
  const cartId = await shop.cartOf(ann, { sku, quantity: 1 });
  const [{ order }, statements] = await counting(() => shop.placeOrder({ cartId }, ann));
  expect(order.status).toBe('PAID');
  // Cart; begin, order, outbox, commit; load, save (reserved); begin, save, outbox, commit (paid); history for the answer.
  expect(statements).toBeLessThanOrEqual(12);
});
