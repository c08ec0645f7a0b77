import { z } from 'zod';
import { closedLoop } from './load.ts';
import { type Bench, type Measured, measure } from './scenario.ts';

const CLIENTS = 32;

/** What the peer's figure is of: name, variants, price, stock. */
const PRODUCT_PAGE = `query ProductPage($slug: String!) {
  product(slug: $slug) { id name description variants { id sku name available price { amount currencyCode } } }
}`;

/** A page over two services: reviews are the products service's, their authors the users service's. */
const PAGE_WITH_REVIEWS = `query ProductReviews($slug: String!) {
  product(slug: $slug) {
    id name description averageRating reviewCount
    category { slug name }
    variants { id sku name available price { amount currencyCode } }
    reviews(first: 5) { nodes { rating text writtenAt author { displayName } } }
  }
}`;

const PRODUCT_LIST = `query ProductList($after: String) {
  products(first: 24, after: $after) {
    nodes { id slug name variants { id sku available price { amount currencyCode } } }
    pageInfo { hasNextPage endCursor }
  }
}`;

const SEARCH = `query Search($where: ProductFilter) {
  products(first: 24, where: $where, orderBy: { field: RELEVANCE }) {
    totalCount
    nodes { id slug name priceRange { lowest { amount currencyCode } highest { amount currencyCode } } }
  }
}`;

/** Words of the shop's own product names: most find something, some find much. */
const WORDS = [
  'heart',
  'bag',
  'christmas',
  'retrospot',
  'vintage',
  'candle',
  'glass',
  'pink',
  'blue',
  'metal',
  'wooden',
  'paper',
];

/** What shoppers look at: every page once while no cache knows it, then the same pages again. */
export async function measureReads(bench: Bench): Promise<Measured[]> {
  const { client, catalogue } = bench;
  const pages = catalogue.slice(0, 3_000);
  const page = (index: number) => {
    const slug = pages[index % pages.length]?.slug;
    return client.send(PRODUCT_PAGE, { slug }).then(({ failed }) => !failed);
  };
  const across = (index: number) => {
    const slug = bench.reviewed[index % bench.reviewed.length];
    return client.send(PAGE_WITH_REVIEWS, { slug }).then(({ failed }) => !failed);
  };
  // No cache has an answer to a question with a number of its own, and the work is the same for each: GraphQL leaves
  // variables alone that an operation does not declare.
  const cursors = await readCursors(client);
  const list = (index: number) =>
    client.send(PRODUCT_LIST, { after: cursors[index % cursors.length], nonce: index }).then(({ failed }) => !failed);
  const search = (index: number) => {
    const maxPrice = { amount: '15.00', currencyCode: 'GBP' };
    return client
      .send(SEARCH, { where: { search: WORDS[index % WORDS.length], maxPrice }, nonce: index })
      .then(({ failed }) => !failed);
  };
  // Code that has never run is compiled and laid out on first use; that is not what is measured.
  await closedLoop(400, CLIENTS, async (index) => {
    const slug = catalogue.at(-1 - (index % 400))?.slug;
    return client.send(PRODUCT_PAGE, { slug }).then(({ failed }) => !failed);
  });
  await closedLoop(200, CLIENTS, (index) =>
    client
      .send(PAGE_WITH_REVIEWS, { slug: bench.reviewed[index % bench.reviewed.length], nonce: index })
      .then(({ failed }) => !failed),
  );
  await closedLoop(200, CLIENTS, (index) => list(100_000 + index));
  await closedLoop(100, CLIENTS, (index) => search(100_000 + index));
  return [
    await measure(bench, 'product page, cold', async () => ({ sample: await closedLoop(pages.length, CLIENTS, page) })),
    await measure(bench, 'product page, cached', async () => ({ sample: await closedLoop(20_000, CLIENTS, page) })),
    await measure(bench, 'cross-service page with reviews, cold', async () => ({
      sample: await closedLoop(bench.reviewed.length, CLIENTS, across),
    })),
    await measure(bench, 'cross-service page with reviews, cached', async () => ({
      sample: await closedLoop(20_000, CLIENTS, across),
    })),
    await measure(bench, 'list of 24 with price and stock, cold', async () => ({
      sample: await closedLoop(2_000, CLIENTS, list),
    })),
    await measure(bench, 'search with one filter, cold', async () => ({
      sample: await closedLoop(1_000, CLIENTS, search),
    })),
  ];
}

const Cursors = z.object({
  products: z.object({ pageInfo: z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() }) }),
});

/** Where the pages of 24 of the whole list begin. */
async function readCursors(client: Bench['client']): Promise<(string | null)[]> {
  const found: (string | null)[] = [null];
  for (let after: string | null = null; ; ) {
    const { products }: z.infer<typeof Cursors> = await client.ask(PRODUCT_LIST, { after }, Cursors);
    after = products.pageInfo.endCursor;
    if (!products.pageInfo.hasNextPage || after === null) return found;
    found.push(after);
  }
}
