import { randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openShop, raw, until } from './shop.ts';

it('one trace id leads from the client’s request through the services and the event to its consumer', async () => {
  const { stack, stock, guest, cartOf } = await openShop();
  const { sku } = await stock(5);
  const { token } = await guest();
  const cartId = await cartOf(token, { sku, quantity: 1 });
  const traceId = randomBytes(16).toString('hex');
  const query = `mutation PlaceOrder($input: PlaceOrderInput!) { placeOrder(input: $input) { order { status } userErrors { code } } }`;
  const shippingAddress = { recipient: 'A', lines: ['1 High Street'], city: 'London', countryCode: 'GB' };
  const input = { idempotencyKey: randomUUID(), cartId, shippingAddress, payment: { token: 'tok_ok' } };
  const { json } = await raw(stack.url, JSON.stringify({ query, variables: { input } }), {
    authorization: `Bearer ${token}`,
    traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01`,
  });
  expect(json.data.placeOrder.order.status).toBe('PAID');

  const logged = async (name: string) => (await readFile(join(stack.logDir, `${name}.log`), 'utf8')).includes(traceId);
  // The gateway and orders saw the request itself; products only ever heard of it through the event.
  for (const name of ['gateway', 'orders', 'products']) await until(`${name} logs the trace`, () => logged(name));
});
