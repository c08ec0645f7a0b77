import { randomUUID } from 'node:crypto';
import { audit } from '@entrepot/replay/audit';
import { must } from '@entrepot/shopper/shopper';
import { untilSettled } from '@entrepot/stack/settled';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import type { SharedStack } from './global-setup.ts';
import { openShop } from './shop.ts';

describe('the audit of the databases', () => {
  it('finds nothing after orders were paid, declined, cancelled in part and shipped', async () => {
    const { stack, shopper, clerk, stock, guest, cartOf } = await openShop();
    const { sku } = await stock(100, '3.30');
    const buy = async (paymentToken: string) => {
      const { token } = await guest();
      const cartId = await cartOf(token, { sku, quantity: 3 });
      return {
        token,
        outcome: await shopper.placeOrder({ idempotencyKey: randomUUID(), cartId, paymentToken }, token),
      };
    };
    const [paid, cut, sent] = await Promise.all([buy('tok_ok'), buy('tok_twice'), buy('tok_ok'), buy('tok_decline')]);
    const lineId = must(cut.outcome).lines[0]?.id ?? '';
    must(await shopper.cancelOrder(must(cut.outcome).id, [{ lineId, quantity: 1 }], cut.token));
    must(await clerk.shipOrder(must(sent.outcome).id));
    must(paid.outcome);
    await settle(stack.services);

    const findings = await audit(targetsOf(stack), { orderIds: [] });
    expect(findings.filter(({ found }) => found.length > 0)).toEqual([]);
    expect(findings.length).toBeGreaterThan(10);
  });

  it('finds a stock level that its ledger does not explain, and an order that the shop does not have', async () => {
    const { stack, stock } = await openShop();
    const { sku } = await stock(7);
    await settle(stack.services);
    const products = new pg.Client({ connectionString: stack.databases.products });
    await products.connect();
    const change = (by: number) =>
      products.query('UPDATE stock SET on_hand = on_hand + $2 FROM variant v WHERE v.id = variant_id AND v.sku = $1', [
        sku,
        by,
      ]);
    try {
      await change(1);
      const lost = randomUUID();
      const findings = await audit(targetsOf(stack), { orderIds: [lost] });
      const broken = new Map(
        findings.filter(({ found }) => found.length > 0).map(({ check, found }) => [check, found]),
      );
      expect(broken).toEqual(
        new Map([
          ['every stock level equals its ledger', [`${sku}: level 8/0, ledger 7/0`]],
          ['every acknowledged order exists once', [`${lost}: 0 times`]],
        ]),
      );
    } finally {
      await change(-1);
      await products.end();
    }
  });
});

const listed = (services: Record<string, string>) => Object.values(services).map((url) => ({ url }));
const settle = (services: Record<string, string>) => untilSettled(listed(services));
const targetsOf = ({ databases, eventsDatabase, services }: SharedStack) => ({
  ...databases,
  events: eventsDatabase,
  services: listed(services),
});
