import type { ShapeOperation } from './shapes/shape.ts';

const SCALARS = {
  User: ['id', 'name', 'username', 'birthday'],
  Review: ['id', 'body'],
  Product: ['upc', 'name', 'price', 'weight', 'inStock', 'shippingEstimate'],
} as const;
const LINKS = {
  User: [['reviews', 'Review']],
  Review: [
    ['product', 'Product'],
    ['author', 'User'],
  ],
  Product: [['reviews', 'Review']],
} as const;
type TypeName = keyof typeof SCALARS;

/** Operations over the reviews shape, no two of one form: as different as those of a busy graph's many clients. */
export function distinctOperations(count: number): ShapeOperation[] {
  return Array.from({ length: count }, (_, index) => {
    const random = createRandom(index + 1);
    const root =
      random() < 0.5 ? `users ${selection('User', 3, random)}` : `topProducts ${selection('Product', 3, random)}`;
    // The name makes them different whatever the dice say.
    return { query: `query Cold${index} { ${root} me ${selection('User', 1, random)} }`, variables: {} };
  });
}

function selection(type: TypeName, depth: number, random: () => number): string {
  const scalars = SCALARS[type].filter((_, index) => index === 0 || random() < 0.5);
  const links = depth === 0 ? [] : LINKS[type].filter((_, index) => index === 0 || random() < 0.4);
  const nested = links.map(([field, target]) => `${field} ${selection(target, depth - 1, random)}`);
  return `{ ${[...scalars, ...nested].join(' ')} }`;
}

/** Mulberry32: small, and the same numbers for the same seed everywhere. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
