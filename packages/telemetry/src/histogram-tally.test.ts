import { AggregatorRegistry, Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { createHistogramTally } from './histogram-tally.ts';
import { createRegistry, DURATION_BUCKETS } from './metrics.ts';

const NAME = 'call_duration_seconds';
const OPTIONS = { name: NAME, help: 'Of "calls"', labelNames: ['name', 'kind'], buckets: DURATION_BUCKETS } as const;
const FAST = { name: 'users', kind: 'a "quoted" one' };
const SLOW = { kind: 'b', name: 'orders' };
/** At, below and above the bounds. */
const VALUES = [0, 0.0004, 0.001, 0.0011, 0.005, 0.3, 10, 10.5, 1e-9, 700];

/** The same, observed with ours and with prom-client's own. */
function observeBoth(registries: { ours: Registry; theirs: Registry }) {
  const tally = createHistogramTally({ ...OPTIONS, registry: registries.ours });
  const histogram = new Histogram({ ...OPTIONS, registers: [registries.theirs] });
  const [fast, slow, never] = [tally(FAST), tally(SLOW), tally({ name: 'never', kind: 'c' })];
  for (const value of VALUES) {
    slow(value / 3);
    histogram.observe(SLOW, value / 3);
    fast(value);
    histogram.observe(FAST, value);
  }
  return { fast, slow, never, histogram };
}

it('is shown in the same words as a histogram of prom-client', async () => {
  const registries = { ours: createRegistry('orders'), theirs: createRegistry('orders') };
  const textOf = (registry: Registry) => registry.getSingleMetricAsString(NAME);
  const empty = createHistogramTally({ ...OPTIONS, name: 'nothing_seconds', registry: registries.ours });
  new Histogram({ ...OPTIONS, name: 'nothing_seconds', registers: [registries.theirs] });
  empty(FAST);
  const { fast, histogram } = observeBoth(registries);
  const text = await textOf(registries.ours);
  expect(text).toContain('kind="a \\"quoted\\" one"');
  expect(text).toBe(await textOf(registries.theirs));
  fast(0.02);
  histogram.observe(FAST, 0.02);
  expect(await textOf(registries.ours)).toBe(await textOf(registries.theirs));
  expect(await registries.ours.getSingleMetricAsString('nothing_seconds')).toBe(
    await registries.theirs.getSingleMetricAsString('nothing_seconds'),
  );
});

it('is added up over workers as one of prom-client', async () => {
  const [first, second] = [0, 1].map(() => ({ ours: new Registry(), theirs: new Registry() }));
  if (!first || !second) throw new Error('there are two');
  for (const registries of [first, second]) observeBoth(registries);
  const sum = async (...registries: Registry[]) =>
    AggregatorRegistry.aggregate(await Promise.all(registries.map((one) => one.getMetricsAsJSON()))).metrics();
  expect(await sum(first.ours, second.ours)).toBe(await sum(first.theirs, second.theirs));
});

it('refuses what is no number', () => {
  const observe = createHistogramTally({ ...OPTIONS, registry: new Registry() })(FAST);
  expect(() => observe(Number.NaN)).toThrow(TypeError);
});
