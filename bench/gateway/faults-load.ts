import { FEDERATION, type Shape } from './shapes/shape.ts';

export const SHELF = {
  shelf: Array.from({ length: 20 }, (_, index) => ({ __typename: 'Thing', id: `p${index}`, name: `Thing ${index}` })),
};
export const makersOf = (representations: readonly unknown[]) => ({
  _entities: representations.map(() => ({ __typename: 'Thing', maker: 'Ada' })),
});

/** Things on a shelf, and who has made them, which another service knows. */
export const faultsShape: Shape = {
  name: 'faults',
  title: 'two services',
  subgraphs: [
    {
      name: 'goods',
      sdl: `${FEDERATION}
        type Query { shelf: [Thing!]! }
        type Thing @key(fields: "id") { id: ID! name: String! }`,
      resolvers: {},
    },
    {
      name: 'people',
      sdl: `${FEDERATION}
        type Thing @key(fields: "id") { id: ID! maker: String }`,
      resolvers: {},
    },
  ],
  merged: {},
  operations: [],
};

export const NEEDS_GOODS = JSON.stringify({ query: 'query Shelf { shelf { id name } }' });
export const NEEDS_BOTH = JSON.stringify({ query: 'query Makers { shelf { id name maker } }' });
