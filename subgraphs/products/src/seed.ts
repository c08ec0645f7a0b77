import { buildCatalogue, openingStock } from '@entrepot/data/catalogue';
import { categories } from '@entrepot/data/categories';
import { readRetailFile } from '@entrepot/data/retail-file';
import { connect } from '@entrepot/database/database';
import { runMain } from '@entrepot/http/shutdown';
import { createLogger } from '@entrepot/telemetry/logger';
import { createRegistry } from '@entrepot/telemetry/metrics';
import { loadSeedConfig } from './config.ts';
import { slugOf } from './domain/slug.ts';
import { type Seeded, type SeedProduct, seedCatalogue } from './store/seed-store.ts';

/** Fills an empty catalogue with what the real shop sold; a catalogue with a product in it is left as it is. */
export async function seed(databaseUrl: string): Promise<Seeded> {
  const registry = createRegistry('products-seed');
  const logger = createLogger({ service: 'products-seed', level: 'warn' });
  const database = connect({ url: databaseUrl, poolSize: 1, applicationName: 'products-seed', logger, registry });
  try {
    return await seedCatalogue(database.pool, () => ({ categories, products: shopProducts() }), new Date());
  } finally {
    await database.close();
  }
}

/** A product of one variant for each SKU. Several SKUs of the shop share a name, so the slug ends in the SKU. */
function shopProducts(): SeedProduct[] {
  return buildCatalogue(readRetailFile()).map((item) => ({
    slug: slugOf(`${item.name} ${item.sku}`),
    name: item.name,
    category: item.category,
    variant: {
      sku: item.sku,
      name: '',
      price: { minor: item.priceMinor, currency: item.currencyCode },
      openingStock: openingStock(item),
    },
  }));
}

if (import.meta.main) {
  await runMain('products seed', async () => {
    const { categories: shelves, products } = await seed(loadSeedConfig().PRODUCTS_DATABASE_URL);
    const done = `${products} products in ${shelves} categories`;
    process.stdout.write(`${products === 0 ? 'the catalogue has products already: nothing to do' : done}\n`);
  });
}
