import { payload } from '@entrepot/service/payload';
import { requireViewer } from '@entrepot/service/viewer';
import { addLines, setLine } from '../domain/cart.ts';
import type { MutationResolvers } from '../generated/graphql.ts';

type CartMutations = Required<Pick<MutationResolvers, 'createCart' | 'addCartLines' | 'setCartLine' | 'claimCart'>>;

const skusOf = (lines: readonly { sku: string }[]): string[] => lines.map(({ sku }) => sku);

export const cartMutations: CartMutations = {
  createCart: (_, { input: { lines } }, { viewer, carts }) =>
    payload(() => carts.open(viewer?.id, skusOf(lines), (empty, variants) => addLines(empty, lines, variants))),

  addCartLines: (_, { input: { cartId, secret, lines } }, { viewer, carts }) =>
    payload(async () => {
      const access = { cartId, secret: secret ?? undefined, viewerId: viewer?.id };
      return { cart: await carts.change(access, skusOf(lines), (cart, variants) => addLines(cart, lines, variants)) };
    }),

  setCartLine: (_, { input: { cartId, secret, ...wanted } }, { viewer, carts }) =>
    payload(async () => {
      const access = { cartId, secret: secret ?? undefined, viewerId: viewer?.id };
      return { cart: await carts.change(access, [wanted.sku], (cart, variants) => setLine(cart, wanted, variants)) };
    }),

  claimCart: (_, { input: { cartId, secret } }, { viewer, carts }) =>
    payload(async () => ({ cart: await carts.claim(cartId, secret, requireViewer(viewer).id) })),
};
