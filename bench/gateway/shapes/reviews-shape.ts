import { FEDERATION, type Known, prose, type Shape } from './shape.ts';

/**
 * The shape of the public benchmark of federation gateways (graphql-gateways-benchmark): four subgraphs, users with
 * reviews of products with reviews of users, about 87 KB, 16 subgraph requests in Apollo's plan.
 */
const PEOPLE = ['Ada Marsh', 'Ben Okafor', 'Chiara Conti', 'Dov Levin', 'Emil Novak', 'Fumiko Sato'];
const users = PEOPLE.map((name, index) => ({
  id: String(index + 1),
  name,
  username: name.toLowerCase().replace(' ', '.'),
  birthday: 1_234_567_890 + index,
}));

const GOODS = [
  ['Table', 899, 100],
  ['Couch', 1299, 1000],
  ['Glass', 15, 20],
  ['Chair', 499, 100],
  ['Screen', 1299, 1000],
  ['Lamp', 6999, 300],
  ['Grill', 3999, 2000],
  ['Fridge', 100_000, 6000],
  ['Sofa', 9999, 800],
] as const;
const products = GOODS.map(([name, price, weight], index) => ({ upc: String(index + 1), name, price, weight }));
const IN_STOCK = new Set(['1', '5', '6', '7', '9']);

/** Which product, and how long a text. */
const REVIEWS = [
  ['1', 446],
  ['1', 290],
  ['1', 276],
  ['1', 143],
  ['2', 446],
  ['2', 290],
  ['2', 276],
  ['2', 143],
  ['3', 143],
  ['4', 143],
  ['4', 850],
] as const;
const reviews = REVIEWS.map(([upc, length], index) => ({ id: String(index + 1), body: prose(length, index), upc }));

const author = { id: '1', username: users[0]?.username };
const firstReviews = reviews.slice(0, 2);
const reviewsOf = (upc: unknown) => reviews.filter((review) => review.upc === upc);
const userOf = ({ id }: Known) => users.find((user) => user.id === id);
const shippingEstimate = ({ price, weight }: Known) =>
  Number(price) > 1000 ? 0 : typeof weight === 'number' ? weight / 2 : null;

const accounts = `${FEDERATION}
  type Query { me: User user(id: ID!): User users: [User] }
  type User @key(fields: "id") { id: ID! name: String username: String @shareable birthday: Int }
`;
const inventory = `${FEDERATION}
  type Product @key(fields: "upc") {
    upc: String!
    weight: Int @external
    price: Int @external
    inStock: Boolean
    shippingEstimate: Int @requires(fields: "price weight")
  }
`;
const catalogue = `${FEDERATION}
  type Query { topProducts(first: Int = 5): [Product] }
  type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }
`;
const opinions = `${FEDERATION}
  type Review @key(fields: "id") { id: ID! body: String product: Product author: User @provides(fields: "username") }
  type User @key(fields: "id") { id: ID! username: String @external reviews: [Review] }
  type Product @key(fields: "upc") { upc: String! reviews: [Review] }
`;

export const reviewsShape: Shape = {
  name: 'reviews',
  title: 'the public benchmark’s: users, their reviews, the products, the reviews of those (87 KB)',
  subgraphs: [
    {
      name: 'accounts',
      sdl: accounts,
      resolvers: {
        Query: { me: () => users[0], user: (_, { id }) => userOf({ id }), users: () => users },
        User: { __resolveReference: userOf },
      },
    },
    {
      name: 'inventory',
      sdl: inventory,
      resolvers: {
        Product: {
          __resolveReference: (reference) => reference,
          inStock: ({ upc }) => IN_STOCK.has(String(upc)),
          shippingEstimate,
        },
      },
    },
    {
      name: 'products',
      sdl: catalogue,
      resolvers: {
        Query: { topProducts: (_, { first }) => products.slice(0, Number(first)) },
        Product: { __resolveReference: ({ upc }) => products.find((product) => product.upc === upc) },
      },
    },
    {
      name: 'reviews',
      sdl: opinions,
      resolvers: {
        Review: {
          __resolveReference: ({ id }) => reviews.find((review) => review.id === id),
          product: ({ upc }) => ({ upc }),
          author: () => author,
        },
        User: { __resolveReference: ({ id }) => ({ id }), reviews: () => firstReviews },
        Product: { __resolveReference: ({ upc }) => ({ upc }), reviews: ({ upc }) => reviewsOf(upc) },
      },
    },
  ],
  merged: mergedData(),
  operations: [{ query: operation(), variables: {} }],
};

function mergedData(): Known {
  const mergedReview = (review: (typeof reviews)[number]): Known => ({
    ...review,
    product: () => mergedProduct(products.find(({ upc }) => upc === review.upc)),
    author: () => mergedUser(users[0]),
  });
  const mergedUser = (user: (typeof users)[number] | undefined): Known => ({
    ...user,
    reviews: () => firstReviews.map(mergedReview),
  });
  const mergedProduct = (product: (typeof products)[number] | undefined): Known => ({
    ...product,
    inStock: IN_STOCK.has(product?.upc ?? ''),
    shippingEstimate: shippingEstimate({ ...product }),
    reviews: () => reviewsOf(product?.upc).map(mergedReview),
  });
  return {
    me: mergedUser(users[0]),
    users: users.map(mergedUser),
    topProducts: ({ first }: { first: number }) => products.slice(0, first).map(mergedProduct),
  };
}

function operation(): string {
  return `query TestQuery {
    users {
      ...User
      reviews { ...Review product { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } } }
    }
    topProducts {
      ...Product
      reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } }
    }
  }
  fragment User on User { id username name }
  fragment Review on Review { id body }
  fragment Product on Product { inStock name price shippingEstimate upc weight }`;
}
