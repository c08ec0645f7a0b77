import { expect, it } from 'vitest';
import { dashboardQueries, metricsOf, ruleQueries } from './queries.ts';

it.each([
  ['up == 0', ['up']],
  ['sum by (a, b) (rate(x_total{job="y_total",c!~"z|w"}[5m])) / sum(y_total) > 14.4 * 0.001', ['x_total', 'y_total']],
  ['max(a) or vector(0) and on (b) c:d:e5m offset 5m unless absent(up{job="f"})', ['a', 'c:d:e5m', 'up']],
])('finds the metrics of %s', (query, metrics) => {
  expect(metricsOf(query)).toEqual(metrics);
});

it('finds queries in the dashboard and in the rules', () => {
  expect(dashboardQueries().length).toBeGreaterThan(20);
  expect(ruleQueries().length).toBeGreaterThan(20);
});
