import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createClerk } from '@entrepot/shopper/clerk';
import { createClient } from '@entrepot/shopper/client';
import { createShopper, must } from '@entrepot/shopper/shopper';
import { loadConfig } from '@entrepot/stack/config';
import { type Stack, startStack } from '@entrepot/stack/stack';
import pg from 'pg';
import { readCatalogue } from './catalogue.ts';
import { measureCheckout, measureFlashSale } from './checkout.ts';
import { usageOf } from './processes.ts';
import { measureReads } from './reads.ts';
import { report } from './report.ts';
import { writeReviews } from './reviews.ts';
import type { Bench } from './scenario.ts';

const FLASH_SKU = 'FLASH-100';
/** So many products get reviews; they are none of those whose plain pages are measured. */
const REVIEWED = 600;

/** Starts a shop of its own on free ports, measures it, prints the figures and leaves nothing behind. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { orders: { type: 'string', default: '600' }, only: { type: 'string' } } });
  const dataDir = await mkdtemp(join(tmpdir(), 'entrepot-bench-'));
  const free = { PORT: '0', USERS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0', POSTGRES_PORT: '0' };
  const config = loadConfig({ ...process.env, ...free, DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
  console.error('starting a shop to measure');
  // The lists below are asked in words that are new each time, of which the entity cache would know that they mean the same.
  const stack = await startStack({ config, env: { ENTITY_CACHE: 'false' } });
  const client = createClient(`${stack.url}/`, { connections: 600, timeoutMs: 60_000 });
  try {
    const bench = await prepare(stack, dataDir, client);
    const wanted = (part: string) => values.only === undefined || values.only === part;
    const measured = [
      ...(wanted('reads') ? await measureReads(bench) : []),
      ...(wanted('checkout') ? [await measureCheckout(bench, Number(values.orders))] : []),
      ...(wanted('flash') ? [await measureFlashSale(bench, FLASH_SKU, 100, 500)] : []),
    ];
    console.log(report(measured, bench.usage()));
    if (measured.some(({ sample }) => sample.failed > 0)) process.exitCode = 1;
  } finally {
    await client.close();
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function prepare(stack: Stack, dataDir: string, client: Bench['client']): Promise<Bench> {
  const { session } = must(await createShopper(client).logIn(stack.admin.email, stack.admin.password));
  const clerk = createClerk(client, () => session.accessToken);
  const price = { amount: '9.99', currencyCode: 'GBP' };
  must(await clerk.createProduct({ name: 'Flash sale', variants: [{ sku: FLASH_SKU, price, openingStock: 100 }] }));
  const catalogue = (await readCatalogue(client)).filter(({ sku }) => sku !== FLASH_SKU);
  // Enough of each for every checkout below: what is measured is the buying, not the refusing.
  for (const { variantId } of catalogue.slice(0, 3_700)) must(await clerk.adjustStock(variantId, 10_000));
  const reviewed = catalogue.slice(-REVIEWED);
  await writeReviews(
    client,
    reviewed.map(({ productId }) => productId),
  );
  await refreshStatistics(stack);
  const pids = {
    ...Object.fromEntries(stack.services.map(({ name, pid }) => [name, pid ?? 0])),
    postgres: Number((await readFile(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8')).split('\n')[0]),
  };
  const of = (part: string) => usageOf(new Map(Object.entries(pids)).get(part) ?? 0);
  const usage = () => ({
    gateway: of('gateway'),
    users: of('users'),
    products: of('products'),
    orders: of('orders'),
    postgres: of('postgres'),
  });
  return { client, catalogue, reviewed: reviewed.map(({ slug }) => slug), usage };
}

/** A shop that has been up for some minutes has statistics of its tables; one that was filled a moment ago has not. */
async function refreshStatistics({ databases, eventsDatabase }: Stack): Promise<void> {
  for (const url of [...Object.values(databases), ...(eventsDatabase === undefined ? [] : [eventsDatabase])]) {
    const database = new pg.Client({ connectionString: url });
    await database.connect();
    await database.query('ANALYZE');
    await database.end();
  }
}

await main();
