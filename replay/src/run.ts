import { groupInvoices, withinPeriod } from '@entrepot/data/invoices';
import { readRetailFile } from '@entrepot/data/retail-file';
import { requireUuid } from '@entrepot/kernel/ids';
import { createClerk } from '@entrepot/shopper/clerk';
import { createClient } from '@entrepot/shopper/client';
import { createShopper, must } from '@entrepot/shopper/shopper';
import { untilSettled } from '@entrepot/stack/settled';
import type { Stack } from '@entrepot/stack/stack';
import { audit } from './audit.ts';
import { openShop } from './open-shop.ts';
import type { Options } from './options.ts';
import type { Replay } from './report.ts';
import { type Progress, sendInvoices } from './send-invoices.ts';

export type Say = { step: (line: string) => void; progress: Progress };

/** Administrators' tokens live for 15 minutes; a long replay logs in again before that. */
const LOGIN_EVERY_MS = 10 * 60_000;
/** How long the last orders may take to settle: a payment that times out is tried for a while. */
const SETTLE_MS = 120_000;

/** Replays the days into an empty shop, ships every second order, and audits what is left. */
export async function replayInto(stack: Stack, options: Options, say: Say): Promise<Replay> {
  const lines = [...readRetailFile()].filter(({ at, problem }) => problem !== undefined || withinPeriod(options)(at));
  const invoices = groupInvoices(lines, options);
  const client = createClient(`${stack.url}/`, { connections: options.clients + 8, timeoutMs: 60_000 });
  try {
    const shopper = createShopper(client);
    const clerk = createClerk(client, createLogin(stack, shopper));
    say.step('filling the shelves');
    const shelf = await openShop(clerk, lines, invoices.invoices, options['stock-percent']);
    await untilSettled(stack.services, SETTLE_MS);

    say.step(`sending ${invoices.invoices.length} invoices with ${options.clients} clients`);
    const replayed = await sendInvoices(shopper, invoices.invoices, options.clients, say.progress);
    await untilSettled(stack.services, SETTLE_MS);

    say.step('shipping every second order');
    const shipped = await ship(
      clerk,
      replayed.placed.filter((_, index) => index % 2 === 0).map(({ orderId }) => orderId),
    );
    await untilSettled(stack.services, SETTLE_MS);

    say.step('auditing the databases');
    const orderIds = replayed.placed.map(({ orderId }) => requireUuid('ord', orderId));
    const findings = await audit(
      { ...stack.databases, events: stack.eventsDatabase, services: stack.services },
      { orderIds },
    );
    return { invoices, shelf, replayed, shipped, findings };
  } finally {
    await client.close();
  }
}

function createLogin({ admin }: Stack, shopper: ReturnType<typeof createShopper>): () => Promise<string> {
  let token: Promise<string> | undefined;
  let since = 0;
  return () => {
    if (token && Date.now() - since < LOGIN_EVERY_MS) return token;
    since = Date.now();
    token = shopper.logIn(admin.email, admin.password).then((outcome) => must(outcome).session.accessToken);
    return token;
  };
}

/** Orders that were cancelled meanwhile cannot be shipped; the others must be. */
async function ship(clerk: ReturnType<typeof createClerk>, orderIds: readonly string[]): Promise<number> {
  let shipped = 0;
  let next = 0;
  const packer = async () => {
    for (let id = orderIds[next++]; id !== undefined; id = orderIds[next++]) {
      const outcome = await clerk.shipOrder(id);
      if (outcome.ok) shipped++;
      else if (outcome.code !== 'INVALID_STATE') must(outcome);
    }
  };
  await Promise.all(Array.from({ length: 8 }, packer));
  return shipped;
}
