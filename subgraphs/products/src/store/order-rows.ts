import type { SqlExecutor } from '@entrepot/database/transaction';
import { requireUuid, typeId } from '@entrepot/kernel/ids';
import { z } from 'zod';
import type { Decision, Hold } from '../domain/reservations.ts';

const DecisionRow = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('RESERVED') }),
  z.object({ outcome: z.literal('CANCELLED') }),
  z.object({
    outcome: z.literal('REFUSED'),
    refusal: z.object({
      reason: z.enum(['OUT_OF_STOCK', 'PRICE_CHANGED', 'NOT_SOLD']),
      lines: z.array(z.object({ sku: z.string(), requested: z.int(), available: z.int() })),
    }),
  }),
]);

/** What these orders were told before, locked in the order of their ids. */
export async function readDecisions(tx: SqlExecutor, orderUuids: readonly string[]): Promise<Map<string, Decision>> {
  const { rows } = await tx.query<{ order_id: string; outcome: string; refusal: unknown }>(
    'SELECT order_id, outcome, refusal FROM order_decision WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR UPDATE',
    [orderUuids],
  );
  return new Map(rows.map((row) => [typeId('ord', row.order_id), DecisionRow.parse(row)]));
}

/** What these orders still hold. Their decisions are locked, so nobody else changes it. */
export async function readHolds(tx: SqlExecutor, orderUuids: readonly string[]): Promise<Hold[]> {
  const { rows } = await tx.query<{ order_id: string; variant_id: string; quantity: number }>(
    `SELECT order_id, variant_id, quantity FROM reservation WHERE order_id = ANY($1::uuid[]) AND state = 'HELD'`,
    [orderUuids],
  );
  return rows.map((row) => ({
    orderId: typeId('ord', row.order_id),
    variantId: typeId('var', row.variant_id),
    quantity: row.quantity,
    state: 'HELD',
  }));
}

export async function writeHolds(tx: SqlExecutor, holds: readonly Hold[]): Promise<void> {
  if (holds.length === 0) return;
  await tx.query(
    `INSERT INTO reservation (order_id, variant_id, quantity, state)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[])
    ON CONFLICT (order_id, variant_id) DO UPDATE SET quantity = excluded.quantity, state = excluded.state`,
    [
      holds.map(({ orderId }) => requireUuid('ord', orderId)),
      holds.map(({ variantId }) => requireUuid('var', variantId)),
      holds.map(({ quantity }) => quantity),
      holds.map(({ state }) => state),
    ],
  );
}

/**
 * Writes decisions. A first decision that another transaction has just made too is a conflict (unique violation) and
 * not an update: the batch is rolled back, and finds the other's decision when it is tried again.
 */
export async function writeDecisions(
  tx: SqlExecutor,
  decisions: ReadonlyMap<string, Decision>,
  known: ReadonlyMap<string, Decision>,
  now: Date,
): Promise<void> {
  const all = [...decisions];
  const fresh = all.filter(([orderId]) => !known.has(orderId));
  const changed = all.filter(([orderId]) => known.has(orderId));
  const columns = 'unnest($1::uuid[], $2::text[], $3::jsonb[]) AS d(order_id, outcome, refusal)';
  if (fresh.length > 0) {
    await tx.query(
      `INSERT INTO order_decision (order_id, outcome, refusal, decided_at) SELECT d.*, $4 FROM ${columns}`,
      [...parametersOf(fresh), now],
    );
  }
  if (changed.length > 0) {
    await tx.query(
      `UPDATE order_decision o SET outcome = d.outcome, refusal = d.refusal FROM ${columns} WHERE o.order_id = d.order_id`,
      parametersOf(changed),
    );
  }
}

function parametersOf(decisions: readonly (readonly [string, Decision])[]): unknown[] {
  return [
    decisions.map(([orderId]) => requireUuid('ord', orderId)),
    decisions.map(([, { outcome }]) => outcome),
    decisions.map(([, decision]) => (decision.outcome === 'REFUSED' ? JSON.stringify(decision.refusal) : null)),
  ];
}
