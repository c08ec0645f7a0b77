import { describe, expect, inject, it } from 'vitest';
import { ask, openShop } from './shop.ts';

describe('every process', () => {
  const { services } = inject('stack');

  it.each(['gateway', 'users', 'products', 'orders'])('%s is alive, ready and measured', async (name) => {
    for (const path of ['/livez', '/readyz']) expect((await fetch(`${services[name]}${path}`)).status, path).toBe(200);
    const metrics = await (await fetch(`${services[name]}/metrics`)).text();
    expect(metrics).toContain('nodejs_eventloop_lag');
    expect(metrics).toContain('graphql_request_duration_seconds');
  });

  it.each(['users', 'products', 'orders'])('%s tells of its outbox, its pool and its statements', async (name) => {
    const metrics = await (await fetch(`${services[name]}/metrics`)).text();
    for (const metric of ['outbox_rows', 'outbox_oldest_age_seconds', 'db_statements_total'])
      expect(metrics).toContain(metric);
  });
});

describe('the endpoint', () => {
  it('shows a browser Apollo Sandbox', async () => {
    const page = await fetch(inject('stack').url, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(200);
    expect(await page.text()).toMatch(/sandbox/i);
  });

  it('joins a review with its author across services', async () => {
    const { stack, stock, customer } = await openShop();
    const { id: productId, slug } = await stock(1);
    const { id, token } = await customer();
    const review = 'mutation ($input: ReviewProductInput!) { reviewProduct(input: $input) { userErrors { code } } }';
    await ask(stack.url, review, { input: { productId, rating: 4, text: 'Good.' } }, token);
    const { data } = await ask(
      stack.url,
      'query ($slug: String!) { product(slug: $slug) { averageRating reviews(first: 5) { nodes { rating text author { id displayName } } } } }',
      { slug },
    );
    expect(data.product).toEqual({
      averageRating: 4,
      reviews: { nodes: [{ rating: 4, text: 'Good.', author: { id, displayName: 'Ann' } }] },
    });
  });
});
