import { compose, type Scope, startSubgraph, startTestGateway } from './fixture.ts';

export const GOODS = `
  type Query { product(id: ID!): Product products: [Product!]! boom: String now: Float refuse: String }
  type Mutation { setPrice(id: ID!, price: Int!): Product touch: Boolean }
  type Product @key(fields: "id") { id: ID! name: String! price: Int! }
`;
export const PEOPLE = `
  type Query { me: Person }
  type Person { id: ID! secret: String! }
  type Product @key(fields: "id") { id: ID! seenBy: String maker: String wishes: Int }
`;

/** Goods whose prices can change, and people who have secrets: two subgraphs that one page needs both of. */
export async function startShop(env: Record<string, string> = {}) {
  const prices = new Map([
    ['1', 10],
    ['2', 20],
  ]);
  const product = (id: string) => (prices.has(id) ? { id, name: `Thing ${id}`, price: prices.get(id) } : null);
  const goods = await startSubgraph('goods', GOODS, {
    Query: {
      product: (_, { id }, scope) => {
        scope.cacheControl = scope.viewer?.roles.length ? 'max-age=60, private' : 'max-age=60, public';
        scope.tags.add(`Product:${id}`);
        return product(id);
      },
      products: (_, __, scope) => {
        scope.cacheControl = 'max-age=60, public';
        scope.tags.add('Product');
        return [...prices.keys()].map(product);
      },
      now: () => performance.now(),
      boom: () => {
        throw new Error('SELECT * FROM secrets at /srv/app/index.ts:3');
      },
      refuse: (_, __, { viewer }) => {
        throw Object.assign(new Error(`not for ${viewer?.id}`), { extensions: { code: 'FORBIDDEN', host: 'db-1' } });
      },
    },
    Mutation: {
      setPrice: (_, { id, price }) => {
        prices.set(id, price);
        return product(id);
      },
      touch: () => true,
    },
    Product: { __resolveReference: ({ id }) => product(id) },
  });
  const people = await startSubgraph('people', PEOPLE, {
    Query: {
      me: (_, __, scope) => {
        restrict(scope, 'max-age=60, private');
        const id = scope.viewer?.id;
        return id === undefined ? null : { id, secret: `${id} ${scope.viewer?.roles.join('+')}` };
      },
    },
    Product: {
      __resolveReference: (reference) => reference,
      maker: ({ id }, _, scope) => {
        restrict(scope, 'max-age=30, public');
        return `Maker of ${id}`;
      },
      seenBy: (_, __, scope) => {
        restrict(scope, 'max-age=60, private');
        return scope.viewer?.id ?? null;
      },
      wishes: (_, __, scope) => {
        restrict(scope, 'no-store');
        return 7;
      },
    },
  });
  const supergraph = compose(goods, people);
  const gateway = await startTestGateway(supergraph, env);
  return { ...gateway, goods, people, prices, supergraph };
}

/** Of what the fields of one answer say, the strictest holds. */
function restrict(scope: Scope, cacheControl: string): void {
  const strictness = (text = '') => ['public', 'private', 'no-store'].findIndex((word) => text.includes(word));
  if (strictness(cacheControl) > strictness(scope.cacheControl)) scope.cacheControl = cacheControl;
}
