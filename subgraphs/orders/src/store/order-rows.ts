import { typeId } from '@entrepot/kernel/ids';
import type { OrderHead, OrderLine } from '../domain/order.ts';

/** The columns of a head, for statements that select from `"order" o`. */
export const HEAD_COLUMNS = `o.id, o.number, o.customer_id, o.status, o.awaiting, o.cancellation_reason, o.currency_code,
  o.total_minor, o.captured_minor, o.refunded_minor, o.shipping_address, o.tracking_code, o.placed_at`;

export type HeadRow = {
  id: string;
  number: string;
  customer_id: string;
  status: OrderHead['status'];
  awaiting: OrderHead['awaiting'];
  cancellation_reason: OrderHead['cancellationReason'];
  currency_code: string;
  /** Text from pg, bigint from Prisma. */
  total_minor: string | bigint;
  captured_minor: string | bigint;
  refunded_minor: string | bigint;
  shipping_address: OrderHead['shippingAddress'];
  tracking_code: string | null;
  placed_at: Date;
};

export function toHead(row: HeadRow): OrderHead {
  return {
    id: typeId('ord', row.id),
    number: row.number,
    customerId: typeId('usr', row.customer_id),
    status: row.status,
    awaiting: row.awaiting,
    cancellationReason: row.cancellation_reason,
    currencyCode: row.currency_code,
    totalMinor: BigInt(row.total_minor),
    capturedMinor: BigInt(row.captured_minor),
    refundedMinor: BigInt(row.refunded_minor),
    shippingAddress: row.shipping_address,
    trackingCode: row.tracking_code,
    placedAt: row.placed_at,
  };
}

export const LINE_COLUMNS =
  'l.id, l.position, l.variant_id, l.sku, l.product_name, l.variant_name, l.quantity, l.cancelled_quantity, l.unit_price_minor';

export type LineRow = {
  id: string;
  position: number;
  variant_id: string;
  sku: string;
  product_name: string;
  variant_name: string;
  quantity: number;
  cancelled_quantity: number;
  unit_price_minor: string;
};

export function toLine(row: LineRow): OrderLine {
  return {
    id: typeId('line', row.id),
    position: row.position,
    variantId: typeId('var', row.variant_id),
    sku: row.sku,
    productName: row.product_name,
    variantName: row.variant_name,
    quantity: row.quantity,
    cancelledQuantity: row.cancelled_quantity,
    unitPriceMinor: BigInt(row.unit_price_minor),
  };
}
