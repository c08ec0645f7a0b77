import { z } from 'zod';
import type { Client } from './client.ts';
import { type Outcome, ok, payload, refused } from './shopper.ts';

const Variant = z.object({ id: z.string(), sku: z.string() });
const ProductPayload = payload({
  product: z.object({ id: z.string(), slug: z.string(), variants: z.array(Variant) }).nullable(),
});
const VariantPayload = payload({ variant: Variant.nullable() });
const ShippedPayload = payload({ order: z.object({ id: z.string(), status: z.string() }).nullable() });

const CREATE_PRODUCT =
  'mutation CreateProduct($input: CreateProductInput!) { result: createProduct(input: $input) { product { id slug variants { id sku } } userErrors { code message } } }';
const SET_PRICE =
  'mutation SetPrice($input: SetPriceInput!) { result: setPrice(input: $input) { variant { id sku } userErrors { code message } } }';
const ADJUST_STOCK =
  'mutation AdjustStock($input: AdjustStockInput!) { result: adjustStock(input: $input) { variant { id sku } userErrors { code message } } }';
const SHIP =
  'mutation ShipOrder($input: ShipOrderInput!) { result: shipOrder(input: $input) { order { id status } userErrors { code message } } }';

export type NewProduct = {
  name: string;
  slug?: string;
  variants: { sku: string; name?: string; price: { amount: string; currencyCode: string }; openingStock: number }[];
};
export type CreatedProduct = { id: string; slug: string; variants: { id: string; sku: string }[] };

/** What the back office does, call by call, through the public endpoint; `token` gives a fresh access token. */
export function createClerk(client: Client, token: () => Promise<string> | string) {
  const variant = async (operation: string, input: object): Promise<Outcome<{ id: string; sku: string }>> => {
    const { result } = await client.ask(operation, { input }, VariantPayload, await token());
    return result.variant ? ok(result.variant) : refused(result.userErrors);
  };
  return {
    createProduct: async (input: NewProduct): Promise<Outcome<CreatedProduct>> => {
      const { result } = await client.ask(CREATE_PRODUCT, { input }, ProductPayload, await token());
      return result.product ? ok(result.product) : refused(result.userErrors);
    },
    setPrice: (variantId: string, amount: string, currencyCode: string) =>
      variant(SET_PRICE, { variantId, price: { amount, currencyCode } }),
    adjustStock: (variantId: string, change: number, isCorrection = false) =>
      variant(ADJUST_STOCK, { variantId, change, isCorrection }),
    shipOrder: async (orderId: string): Promise<Outcome<{ id: string }>> => {
      const { result } = await client.ask(SHIP, { input: { orderId } }, ShippedPayload, await token());
      return result.order ? ok(result.order) : refused(result.userErrors);
    },
  };
}
export type Clerk = ReturnType<typeof createClerk>;
