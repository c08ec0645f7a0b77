import { must } from '@entrepot/shopper/shopper';
import { describe, expect, it } from 'vitest';
import { ask, openShop } from './shop.ts';

const PAGE = 'query ($slug: String!) { product(slug: $slug) { name variants { price { amount } } } }';

describe('the response cache', () => {
  it('shows no reader the old price a second after a price change was acknowledged', async () => {
    const { stack, clerk, stock } = await openShop();
    const { slug, variantId } = await stock(5, '10.00');
    const read = async () => (await ask(stack.url, PAGE, { slug })).data.product.variants[0].price.amount;
    for (let round = 1; round <= 5; round++) {
      // Readers keep the old price hot in the cache, right up to the change and through it.
      let reading = true;
      const readers = Array.from({ length: 8 }, async () => {
        while (reading) await read();
      });
      const price = `${20 + round}.00`;
      must(await clerk.setPrice(variantId, price, 'GBP'));
      await new Promise((wake) => setTimeout(wake, 1_000));
      expect(await Promise.all(Array.from({ length: 20 }, read))).toEqual(Array.from({ length: 20 }, () => price));
      reading = false;
      await Promise.all(readers);
    }
  });

  it('shows 200 price changes soon after each was acknowledged', async () => {
    const { stack, clerk, stock } = await openShop();
    const products = await Promise.all(Array.from({ length: 8 }, () => stock(5, '10.00')));
    const delays: number[] = [];
    await Promise.all(
      products.map(async ({ slug, variantId }) => {
        const read = async () => (await ask(stack.url, PAGE, { slug })).data.product.variants[0].price.amount;
        for (let round = 1; round <= 25; round++) {
          const price = `${20 + round}.00`;
          // What is changed is kept: it is from the cache that the old price has to go.
          await read();
          must(await clerk.setPrice(variantId, price, 'GBP'));
          const acknowledged = performance.now();
          while ((await read()) !== price);
          delays.push(performance.now() - acknowledged);
        }
      }),
    );
    delays.sort((one, other) => one - other);
    const [p50 = 0, p99 = 0] = [0.5, 0.99].map((part) => delays[Math.floor(delays.length * part)]);
    console.info(
      `${delays.length} price changes were visible after ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99)`,
    );
    expect(delays).toHaveLength(200);
    // The promise is one second at p99. The bound leaves room for a machine that does much else at the same time.
    expect(p50).toBeLessThan(1_000);
    expect(p99).toBeLessThan(5_000);
  });

  it('serves a page again without asking the products service', async () => {
    const { stack, stock } = await openShop();
    const { slug } = await stock(5);
    const asked = async () => {
      const metrics = await (await fetch(`${stack.services.products}/metrics`)).text();
      return [...metrics.matchAll(/^graphql_requests_total\{.*\} (\d+)$/gm)].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
    };
    await ask(stack.url, PAGE, { slug });
    const before = await asked();
    for (let again = 0; again < 20; again++) await ask(stack.url, PAGE, { slug });
    expect(await asked()).toBe(before);
  });

  it('never shows one viewer what was made for another', async () => {
    const { stack, customer } = await openShop();
    const people = await Promise.all(Array.from({ length: 5 }, customer));
    const me = async (token?: string) => (await ask(stack.url, '{ me { id email } }', {}, token)).data.me;
    for (let round = 0; round < 3; round++) {
      const seen = await Promise.all(people.map(({ token }) => me(token)));
      expect(seen.map(({ id }) => id)).toEqual(people.map(({ id }) => id));
      expect(await me()).toBeNull();
    }
    const [ann, eve] = people;
    const mail = 'query ($id: ID!) { user(id: $id) { id email } }';
    expect((await ask(stack.url, mail, { id: ann?.id }, ann?.token)).data.user.email).toContain('@');
    expect((await ask(stack.url, mail, { id: ann?.id }, eve?.token)).data.user).toBeNull();
  });
});
