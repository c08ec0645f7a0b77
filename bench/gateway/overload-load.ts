import { FEDERATION, type Shape } from './shapes/shape.ts';

/** What the service can do: 320 requests a second. */
export const LIMITED = { parallel: 8, workMs: 25, things: 20 };
/** A service that is never short of anything, and whose answers are work for the gateway. */
export const ENDLESS = { parallel: Number.POSITIVE_INFINITY, workMs: 0, things: 2_000 };

export const shelfOf = (things: number) =>
  Array.from({ length: things }, (_, index) => ({ id: `p${index}`, name: `Thing ${index}`, price: 100 + index }));

/** One service, which answers everything itself. */
export const limitedShape: Shape = {
  name: 'limited',
  title: 'a service that can do only so much',
  subgraphs: [
    {
      name: 'limited',
      sdl: `${FEDERATION}
        type Query { shelf(page: Int!): [Thing!]! }
        type Mutation { buy: Boolean! }
        type Thing { id: ID! name: String! price: Int! }`,
      resolvers: {},
    },
  ],
  merged: {},
  operations: [],
};

const FIELDS = ['id name price', 'name price', 'id price', 'id name'];
/** Four kinds of pages, and one kind of checkout. */
export const browsing = FIELDS.map((fields, index) => ({
  query: `query Shelf${index}($page: Int!) { shelf(page: $page) { ${fields} } }`,
}));
export const checkout = [{ query: 'mutation Buy { buy }' }];
