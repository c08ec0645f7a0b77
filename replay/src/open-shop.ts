import { buildCatalogue } from '@entrepot/data/catalogue';
import type { Invoice } from '@entrepot/data/invoices';
import type { RetailLine } from '@entrepot/data/retail-lines';
import type { Clerk } from '@entrepot/shopper/clerk';
import { must } from '@entrepot/shopper/shopper';

export type Shelf = { skus: number; openingUnits: number };

/** Puts on the shelves what the invoices ask for: a product a SKU, with a share of its demand as opening stock. */
export async function openShop(
  clerk: Clerk,
  lines: Iterable<RetailLine>,
  invoices: readonly Invoice[],
  stockPercent: number,
): Promise<Shelf> {
  const demand = demandOf(invoices);
  const items = buildCatalogue(lines).filter(({ sku }) => demand.has(sku));
  let openingUnits = 0;
  let next = 0;
  const stocker = async () => {
    for (let item = items[next++]; item; item = items[next++]) {
      const openingStock = Math.ceil(((demand.get(item.sku) ?? 0) * stockPercent) / 100);
      openingUnits += openingStock;
      const price = { amount: decimalOf(item.priceMinor), currencyCode: item.currencyCode };
      // Several SKUs of the real shop share one description.
      const slug = `${item.name} ${item.sku}`
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '');
      must(await clerk.createProduct({ name: item.name, slug, variants: [{ sku: item.sku, price, openingStock }] }));
    }
  };
  await Promise.all(Array.from({ length: 8 }, stocker));
  return { skus: items.length, openingUnits };
}

function demandOf(invoices: readonly Invoice[]): ReadonlyMap<string, number> {
  const demand = new Map<string, number>();
  for (const { kind, lines } of invoices) {
    if (kind !== 'SALE') continue;
    for (const { sku, quantity } of lines) demand.set(sku, (demand.get(sku) ?? 0) + quantity);
  }
  return demand;
}

/** Pence as pounds; the file knows no other currency. */
const decimalOf = (minor: bigint) => `${minor / 100n}.${String(minor % 100n).padStart(2, '0')}`;
