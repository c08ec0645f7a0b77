import { expect, it } from 'vitest';
import { createRegistry } from './metrics.ts';
import { createTally, onceEach } from './tally.ts';

it('a tally has been counted whenever it is looked at', async () => {
  const registry = createRegistry('orders');
  const tally = createTally({ name: 'hits_total', help: 'Hits', labelNames: ['outcome'], registry });
  const lines = async () => (await registry.metrics()).split('\n').filter((line) => line.startsWith('hits_total'));
  const count = onceEach((outcome: string) => tally({ outcome }));
  expect(await lines()).toEqual([]);
  count('hit')();
  count('hit')();
  count('miss')();
  const told = ['hits_total{outcome="hit",service="orders"} 2', 'hits_total{outcome="miss",service="orders"} 1'];
  expect(await lines()).toEqual(told);
  expect(await lines()).toEqual(told);
  count('miss')(3);
  expect(await lines()).toContain('hits_total{outcome="miss",service="orders"} 4');
});
