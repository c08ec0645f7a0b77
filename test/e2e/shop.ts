import { randomUUID } from 'node:crypto';
import { type CreatedProduct, createClerk } from '@entrepot/shopper/clerk';
import { createClient } from '@entrepot/shopper/client';
import { createShopper, must } from '@entrepot/shopper/shopper';
import { inject, onTestFinished } from 'vitest';
import { z } from 'zod';

/** What the tests look into freely: each says itself what it expects to find. */
const Answer = z.object({
  data: z.any().optional(),
  errors: z.array(z.object({ message: z.string(), extensions: z.object({ code: z.string() }) })).optional(),
});

const unique = () => randomUUID().slice(-12);

/** The shared shop as one test sees it: a client, a shopper, and a clerk who is logged in. */
export async function openShop() {
  const stack = inject('stack');
  const client = createClient(stack.url, { connections: 64 });
  onTestFinished(() => client.close());
  const shopper = createShopper(client);
  const { session } = must(await shopper.logIn(stack.admin.email, stack.admin.password));
  const clerk = createClerk(client, () => session.accessToken);

  /** A new product with one variant that is known to the orders service too. */
  const stock = async (
    openingStock: number,
    amount = '10.00',
  ): Promise<CreatedProduct & { sku: string; variantId: string }> => {
    const sku = `SKU-${unique()}`;
    const name = `Thing ${unique()}`;
    const price = { amount, currencyCode: 'GBP' };
    const product = must(await clerk.createProduct({ name, variants: [{ sku, price, openingStock }] }));
    const variantId = product.variants[0]?.id ?? '';
    await until(`orders know ${sku}`, async () => (await shopper.createCart([{ sku, quantity: 1 }])).ok);
    return { ...product, sku, variantId };
  };
  const guest = async () => {
    const { userId, session } = must(await shopper.createGuest(`guest-${unique()}@shop.example`));
    return { id: userId, token: session.accessToken };
  };
  const customer = async () => {
    const { userId, session } = must(
      await shopper.register(`ann-${unique()}@shop.example`, 'correct horse battery', 'Ann'),
    );
    return { id: userId, token: session.accessToken };
  };
  const cartOf = async (token: string, ...lines: { sku: string; quantity: number }[]) =>
    must(await shopper.createCart(lines, token)).id;
  return { stack, client, shopper, clerk, adminToken: session.accessToken, stock, guest, customer, cartOf, unique };
}

/** Asks again and again until the condition holds; gives up with its name after `timeoutMs`. */
export async function until(what: string, holds: () => Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

/** Sends bytes as they are, for requests that no well-behaved client would send. */
export async function raw(url: string, body: string | Buffer, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  return { status: answer.status, headers: answer.headers, json: Answer.parse(await answer.json()) };
}

export async function ask(url: string, query: string, variables: object = {}, token?: string) {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const { json } = await raw(url, JSON.stringify({ query, variables }), headers);
  return json;
}
