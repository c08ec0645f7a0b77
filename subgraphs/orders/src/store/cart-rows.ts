import { typeId } from '@entrepot/kernel/ids';
import type { Cart, CartLine, CatalogueVariant } from '../domain/cart.ts';

export type VariantRow = {
  id: string;
  sku: string;
  product_name: string;
  variant_name: string;
  currency_code: string;
  price_minor: string;
  is_sold: boolean;
};

export function toVariant(row: VariantRow): CatalogueVariant {
  return {
    id: typeId('var', row.id),
    sku: row.sku,
    productName: row.product_name,
    variantName: row.variant_name,
    currencyCode: row.currency_code,
    priceMinor: BigInt(row.price_minor),
    isSold: row.is_sold,
  };
}

/** A line with its variant as it is now; the variant's columns are null when the projection does not know it. */
export const CART_LINE_SELECT = `
SELECT l.variant_id, l.sku AS line_sku, l.quantity, l.position,
  v.sku, v.product_name, v.variant_name, v.currency_code, v.price_minor::text, v.is_sold`;

export type CartLineRow = {
  variant_id: string;
  line_sku: string;
  quantity: number;
  position: number;
  sku: string | null;
  product_name: string | null;
  variant_name: string | null;
  currency_code: string | null;
  price_minor: string | null;
  is_sold: boolean | null;
};

export function toCartLine(row: CartLineRow, cartCurrency: string | null): CartLine {
  const { variant_id: id, sku, product_name, variant_name, currency_code, price_minor, is_sold } = row;
  // In another currency than the cart's it cannot be bought with the rest: as good as not sold.
  const isSold = is_sold === true && currency_code === cartCurrency;
  const known = sku !== null && product_name !== null && variant_name !== null && currency_code !== null;
  return {
    variantId: typeId('var', id),
    sku: row.line_sku,
    quantity: row.quantity,
    position: row.position,
    variant:
      isSold && known && price_minor !== null
        ? toVariant({ id, sku, product_name, variant_name, currency_code, price_minor, is_sold })
        : undefined,
  };
}

export type CartRow = {
  id: string;
  customer_id: string | null;
  currency_code: string | null;
  version: number;
  updated_at: Date;
};

export function toCart(row: CartRow, lines: readonly CartLineRow[]): Cart {
  return {
    id: typeId('cart', row.id),
    customerId: row.customer_id === null ? null : typeId('usr', row.customer_id),
    currencyCode: row.currency_code,
    version: row.version,
    updatedAt: row.updated_at,
    lines: lines.map((line) => toCartLine(line, row.currency_code)),
  };
}
