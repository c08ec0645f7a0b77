import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import { Rejection } from '@entrepot/kernel/rejection';
import { type Adjustment, adjust, apply, available } from '../domain/stock.ts';
import { levelAnnouncement } from './announcements.ts';
import type { Write } from './writes.ts';

type LockedRow = { on_hand: number; reserved: number; version: number; product_id: string };

/** Books goods in and out by hand: the level, its ledger and the event in one transaction. */
export function createStockStore(write: Write) {
  return {
    adjust: (adjustment: Adjustment, now: Date): Promise<string> =>
      write(async (tx) => {
        const { variantId } = adjustment;
        const uuid = requireUuid('var', variantId);
        const { rows } = await tx.query<LockedRow>(
          `SELECT s.on_hand, s.reserved, s.version, v.product_id FROM stock s JOIN variant v ON v.id = s.variant_id
          WHERE s.variant_id = $1 FOR UPDATE OF s`,
          [uuid],
        );
        const row = rows[0];
        if (!row) throw new Rejection('NOT_FOUND', `there is no variant ${variantId}`, ['input', 'variantId']);

        const level = { onHand: row.on_hand, reserved: row.reserved };
        const movement = adjust(level, adjustment);
        await tx.query('UPDATE stock SET on_hand = on_hand + $2, version = version + 1 WHERE variant_id = $1', [
          uuid,
          movement.onHandChange,
        ]);
        await tx.query(
          `INSERT INTO stock_movement (id, variant_id, kind, on_hand_change, reserved_change, note, at)
          VALUES ($1, $2, $3, $4, 0, $5, $6)`,
          [newUuid(now), uuid, movement.kind, movement.onHandChange, movement.note ?? null, now],
        );
        const productId = typeId('prod', row.product_id);
        const after = available(apply(level, movement));
        const event = levelAnnouncement({ variantId, productId, available: after, version: row.version + 1 });
        return { result: variantId, events: [event] };
      }),
  };
}
