import { expect, it } from 'vitest';
import { boundedLabel } from './bounded-label.ts';
import { createRegistry } from './metrics.ts';

it('a registry has the delay of the event loop, under the name of the service', async () => {
  const text = await createRegistry('orders').metrics();
  expect(text).toMatch(/nodejs_eventloop_lag_p99_seconds\{service="orders"\}/);
});

it('a bounded label is a known value or `other`', () => {
  const label = boundedLabel(['PlaceOrder']);
  expect(['PlaceOrder', 'Anything', '', null, undefined].map(label)).toEqual([
    'PlaceOrder',
    'other',
    'other',
    'other',
    'other',
  ]);
});
