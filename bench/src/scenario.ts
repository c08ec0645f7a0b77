import type { Client } from '@entrepot/shopper/client';
import type { Sample } from './load.ts';
import type { Usage } from './processes.ts';

export type Part = 'gateway' | 'users' | 'products' | 'orders' | 'postgres';
export type Measured = {
  name: string;
  sample: Sample;
  /** CPU seconds by part for the whole scenario. */
  cpuS: Readonly<Record<Part, number>>;
  /** What one request, or one order, cost over all parts, in CPU milliseconds. */
  cpuMsEach: number;
  /** Facts that the scenario itself established, such as how many units were sold. */
  facts: readonly string[];
};

export type Bench = {
  client: Client;
  /** The shop's SKUs with the slugs of their products, in a fixed order. */
  catalogue: readonly { sku: string; slug: string; variantId: string }[];
  /** The slugs of products that have reviews. */
  reviewed: readonly string[];
  usage: () => Record<Part, Usage>;
};

/** Runs one scenario and charges it with the CPU that all parts used meanwhile. */
export async function measure(
  { usage }: Bench,
  name: string,
  run: () => Promise<{ sample: Sample; facts?: readonly string[] }>,
): Promise<Measured> {
  const before = usage();
  const { sample, facts = [] } = await run();
  // What the requests set going behind them belongs to them too: relays, consumers, PostgreSQL's own housekeeping.
  await new Promise((wake) => setTimeout(wake, 1_000));
  const after = usage();
  const spent = (part: Part) => after[part].cpuS - before[part].cpuS;
  const cpuS = {
    gateway: spent('gateway'),
    users: spent('users'),
    products: spent('products'),
    orders: spent('orders'),
    postgres: spent('postgres'),
  };
  const total = Object.values(cpuS).reduce((sum, seconds) => sum + seconds, 0);
  return { name, sample, cpuS, cpuMsEach: (total * 1000) / sample.requests, facts };
}
