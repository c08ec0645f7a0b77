import type { Invoice } from '@entrepot/data/invoices';
import type { Cart, Outcome, PlacedOrder, Shopper } from '@entrepot/shopper/shopper';
import { type Customer, type Customers, createCustomers } from './customers.ts';
import { createTally, type Tally } from './tally.ts';

/** What a storefront puts into a cart in one request; a real invoice has up to 1,114 lines. */
const LINES_A_REQUEST = 100;
/** Every so many orders the shopper's connection is thought to have broken, and the same request is sent again. */
const RESEND_EVERY = 10;

export type Placed = { orderId: string; invoice: string };
export type Replayed = {
  placed: Placed[];
  /** Orders that had not settled when placeOrder answered. */
  unsettled: number;
  refused: Tally;
  resent: { same: number; different: number };
  cancellations: Tally;
  cancelledUnits: number;
  failures: Tally;
  customers: Customers['counts'];
  placeMs: number[];
  checkoutMs: number[];
  seconds: number;
};

export type Progress = (done: number, all: number, replayed: Replayed) => void;

/** Sends the invoices in the order of their times with `clients` at once; one customer's are sent one after the other. */
export async function sendInvoices(
  shopper: Shopper,
  invoices: readonly Invoice[],
  clients: number,
  progress: Progress,
): Promise<Replayed> {
  const customers = createCustomers(shopper);
  const replayed: Replayed = {
    placed: [],
    unsettled: 0,
    refused: createTally(),
    resent: { same: 0, different: 0 },
    cancellations: createTally(),
    cancelledUnits: 0,
    failures: createTally(),
    customers: customers.counts,
    placeMs: [],
    checkoutMs: [],
    seconds: 0,
  };
  const began = performance.now();
  let next = 0;
  let done = 0;
  const client = async () => {
    for (let invoice = invoices[next++]; invoice; invoice = invoices[next++]) {
      const current = invoice;
      const customer =
        current.customerId === undefined ? customers.guest(current.number) : customers.of(current.customerId);
      const act = current.kind === 'SALE' ? buy : giveBack;
      await customer
        .inTurn(() => act(shopper, customer, current, replayed))
        .catch((error: Error & { code?: string }) =>
          replayed.failures.add(`${error.code ?? error.name}: ${error.message}`),
        );
      progress(++done, invoices.length, replayed);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  replayed.seconds = (performance.now() - began) / 1000;
  return replayed;
}

async function buy(shopper: Shopper, customer: Customer, invoice: Invoice, replayed: Replayed): Promise<void> {
  const began = performance.now();
  const token = await customer.token();
  const cart = await fillCart(shopper, invoice, token);
  if (!cart.ok) return replayed.refused.add(cart.code);

  const place = () => shopper.placeOrder({ idempotencyKey: `invoice-${invoice.number}`, cartId: cart.value.id }, token);
  const asked = performance.now();
  const order = await place();
  replayed.placeMs.push(performance.now() - asked);
  replayed.checkoutMs.push(performance.now() - began);
  if (replayed.placeMs.length % RESEND_EVERY === 0) compare(order, await place(), replayed);
  if (!order.ok) return replayed.refused.add(order.code);

  const { id, status, lines } = order.value;
  if (status === 'PLACED') replayed.unsettled++;
  replayed.placed.push({ orderId: id, invoice: invoice.number });
  const bought = lines.map((line) => ({ lineId: line.id, sku: line.sku, quantity: line.quantity }));
  customer.purchases.bought(id, bought);
}

async function fillCart(shopper: Shopper, invoice: Invoice, token: string): Promise<Outcome<Cart>> {
  const lines = invoice.lines.map(({ sku, quantity }) => ({ sku, quantity }));
  const cart = await shopper.createCart(lines.slice(0, LINES_A_REQUEST), token);
  if (!cart.ok) return cart;
  for (let start = LINES_A_REQUEST; start < lines.length; start += LINES_A_REQUEST) {
    const more = await shopper.addCartLines(cart.value.id, lines.slice(start, start + LINES_A_REQUEST), token);
    if (!more.ok) return more;
  }
  return cart;
}

function compare(first: Outcome<PlacedOrder>, second: Outcome<PlacedOrder>, replayed: Replayed): void {
  const same =
    first.ok && second.ok ? first.value.id === second.value.id : !first.ok && !second.ok && first.code === second.code;
  if (same) replayed.resent.same++;
  else replayed.resent.different++;
}

async function giveBack(shopper: Shopper, customer: Customer, invoice: Invoice, replayed: Replayed): Promise<void> {
  const { cancellations } = replayed;
  if (invoice.customerId === undefined) return cancellations.add('lines without a customer', invoice.lines.length);
  const { steps, unmatched } = customer.purchases.cancel(invoice.lines);
  if (unmatched.length > 0) cancellations.add('lines of goods not bought, or refused, in these days', unmatched.length);
  for (const { orderId, lines } of steps) {
    const outcome = await shopper.cancelOrder(orderId, lines, await customer.token());
    if (!outcome.ok) {
      cancellations.add(`lines refused: ${outcome.code}`, lines.length);
      continue;
    }
    cancellations.add('lines cancelled and refunded', lines.length);
    replayed.cancelledUnits += lines.reduce((sum, { quantity }) => sum + quantity, 0);
  }
}
