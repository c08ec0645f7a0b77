import { randomUUID } from 'node:crypto';
import { type Haproxy, startHaproxy } from '@entrepot/deploy/haproxy';
import { whyNotInstalled } from '@entrepot/deploy/program';
import { type Prometheus, startPrometheus } from '@entrepot/deploy/prometheus';
import { dashboardQueries, metricsOf, ruleQueries } from '@entrepot/deploy/queries';
import { must } from '@entrepot/shopper/shopper';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ask, openShop } from './shop.ts';

const reason = whyNotInstalled('prometheus', 'prometheus') ?? whyNotInstalled('haproxy', 'haproxy');
const queries = dashboardQueries();

describe.skipIf(reason !== undefined)(`what operators see${reason === undefined ? '' : ` (${reason})`}`, () => {
  let haproxy: Haproxy;
  let prometheus: Prometheus;
  const exported = new Set<string>();

  beforeAll(async () => {
    const { url, services } = inject('stack');
    haproxy = await startHaproxy(['127.0.0.1'], Number(new URL(url).port));
    const jobs = { ...services, haproxy: `http://127.0.0.1:${haproxy.insidePort}` };
    prometheus = await startPrometheus(
      Object.fromEntries(Object.entries(jobs).map(([name, address]) => [name, new URL(address).host])),
    );
    for (const address of Object.values(jobs))
      for (const name of await metricNames(`${address}/metrics`)) exported.add(name);
  });
  afterAll(async () => {
    await prometheus?.stop();
    await haproxy?.stop();
  });

  it('is made of metrics that the parts export', () => {
    // What Prometheus itself makes: of every scrape, and by the rules.
    const made = new Set(['up', ...ruleQueries().map(({ of }) => of)]);
    const unknown = [...queries, ...ruleQueries()].flatMap(({ of, query }) =>
      metricsOf(query)
        .filter((name) => !made.has(name) && !exported.has(name))
        .map((name) => `${of}: ${name}`),
    );
    expect(unknown).toEqual([]);
  });

  it('has something in every panel once there was a shopper', async () => {
    const { stack, shopper, stock, guest, cartOf } = await openShop();
    const { sku } = await stock(100_000);
    const shop = async () => {
      const { token } = await guest();
      const cartId = await cartOf(token, { sku, quantity: 1 });
      must(await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId }, token));
      await ask(stack.url, 'query Categories { categories { id } }');
    };
    // A rate needs two scrapes with something between them.
    let empty = queries;
    for (const deadline = Date.now() + 30_000; empty.length > 0 && Date.now() < deadline; ) {
      await shop();
      const series = await Promise.all(queries.map(({ query }) => prometheus.count(query)));
      empty = queries.filter((_, index) => series[index] === 0);
    }
    expect(empty).toEqual([]);
  }, 60_000);
});

/** The metrics that a part declares, whether or not it has counted anything, with the series that a histogram becomes. */
async function metricNames(url: string): Promise<string[]> {
  const text = await (await fetch(url)).text();
  return [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
}
