import { typeId } from '@entrepot/kernel/ids';
import type { Variant } from '../domain/variant.ts';

/** A variant with its stock, as pg reads it. */
export type VariantRow = {
  id: string;
  product_id: string;
  sku: string;
  name: string;
  currency_code: string;
  price_minor: string;
  on_hand: number;
  reserved: number;
};

/** The columns of `VariantRow`, of tables called `v` and `s`. */
export const variantColumns =
  'v.id, v.product_id, v.sku, v.name, v.currency_code, v.price_minor, s.on_hand, s.reserved';

export function toVariant(row: VariantRow): Variant {
  return {
    id: typeId('var', row.id),
    productId: typeId('prod', row.product_id),
    sku: row.sku,
    name: row.name,
    price: { minor: BigInt(row.price_minor), currency: row.currency_code },
    onHand: row.on_hand,
    reserved: row.reserved,
  };
}
