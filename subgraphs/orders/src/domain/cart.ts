import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { quoted } from './text.ts';

export const MAX_LINES = 1_200;
export const MAX_QUANTITY = 10_000;
/** PostgreSQL's bigint, which keeps it, ends here. */
const MAX_TOTAL = 9_223_372_036_854_775_807n;

/** What orders know of a variant. */
export type CatalogueVariant = {
  readonly id: string;
  readonly sku: string;
  readonly productName: string;
  readonly variantName: string;
  readonly currencyCode: string;
  readonly priceMinor: bigint;
  readonly isSold: boolean;
};

export type CartLine = {
  readonly variantId: string;
  readonly sku: string;
  readonly quantity: number;
  readonly position: number;
  /** The variant as it is now; undefined when it is not sold, or not in the cart's currency, any more. */
  readonly variant: CatalogueVariant | undefined;
};

export type Cart = {
  readonly id: string;
  /** Null while it is held by its secret. */
  readonly customerId: string | null;
  /** Null while it is empty. */
  readonly currencyCode: string | null;
  readonly version: number;
  readonly updatedAt: Date;
  readonly lines: readonly CartLine[];
};

export type Wanted = { readonly sku: string; readonly quantity: number };
export type Variants = ReadonlyMap<string, CatalogueVariant>;

/** Puts things in; a variant already there gets the quantities added. */
export function addLines(cart: Cart, wanted: readonly Wanted[], variants: Variants): Cart {
  if (wanted.length > MAX_LINES) reject([tooMany(wanted.length)]);
  const problems: Problem[] = [];
  const lines = new Map(cart.lines.map((line) => [line.variantId, line]));
  let { currencyCode } = cart;
  let position = nextPosition(cart);
  for (const [index, { sku, quantity }] of wanted.entries()) {
    const path = ['input', 'lines', String(index)];
    const variant = variants.get(sku);
    if (quantity < 1 || quantity > MAX_QUANTITY) problems.push(badQuantity(`${quantity} of ${quoted(sku)}`, path));
    if (!variant?.isSold) {
      problems.push(unknownSku(sku, path));
      continue;
    }
    currencyCode ??= variant.currencyCode;
    if (variant.currencyCode !== currencyCode) problems.push(otherCurrency(variant, currencyCode, path));
    const old = lines.get(variant.id);
    const sum = (old?.quantity ?? 0) + quantity;
    if (old && quantity >= 1 && sum > MAX_QUANTITY) problems.push(badQuantity(`${sum} of ${sku} in all`, path));
    lines.set(variant.id, {
      variantId: variant.id,
      sku,
      quantity: sum,
      position: old?.position ?? position++,
      variant,
    });
  }
  if (lines.size > MAX_LINES) problems.push(tooMany(lines.size));
  reject(problems);
  return countable({ ...cart, currencyCode, lines: [...lines.values()] });
}

/** Sets how many of one SKU there are; 0 takes it out. */
export function setLine(cart: Cart, { sku, quantity }: Wanted, variants: Variants): Cart {
  const path = ['input'];
  if (quantity < 0 || quantity > MAX_QUANTITY) reject([badQuantity(`${quantity} of ${sku}`, path)]);
  // By SKU too: what is not sold any more must still go out.
  const old = cart.lines.find((line) => line.sku === sku);
  const variant = variants.get(sku);
  if (quantity === 0 && (old || variant)) {
    const lines = cart.lines.filter((line) => line !== old);
    return { ...cart, lines, currencyCode: lines.length === 0 ? null : cart.currencyCode };
  }
  if (!variant?.isSold) throw Rejection.all([unknownSku(sku, path)]);
  const currencyCode = cart.lines.length === 0 ? variant.currencyCode : (cart.currencyCode ?? variant.currencyCode);
  if (variant.currencyCode !== currencyCode) reject([otherCurrency(variant, currencyCode, path)]);
  const same = cart.lines.find((line) => line.variantId === variant.id);
  const line = { variantId: variant.id, sku, quantity, position: same?.position ?? nextPosition(cart), variant };
  const lines = same ? cart.lines.map((each) => (each === same ? line : each)) : [...cart.lines, line];
  if (lines.length > MAX_LINES) reject([tooMany(lines.length)]);
  return countable({ ...cart, currencyCode, lines });
}

/** What the cart would cost now; what is not sold any more costs nothing. Null when it is empty. */
export function totalOf({ lines, currencyCode }: Pick<Cart, 'lines' | 'currencyCode'>): bigint | null {
  if (lines.length === 0 || currencyCode === null) return null;
  return lines.reduce((sum, { variant, quantity }) => sum + (variant?.priceMinor ?? 0n) * BigInt(quantity), 0n);
}

/** A total that no database could keep is refused here, where it comes about. */
function countable(cart: Cart): Cart {
  if ((totalOf(cart) ?? 0n) > MAX_TOTAL)
    reject([
      { code: 'INVALID_QUANTITY', message: 'the cart would cost more than can be kept', path: ['input', 'lines'] },
    ]);
  return cart;
}

const nextPosition = ({ lines }: Cart): number => Math.max(-1, ...lines.map(({ position }) => position)) + 1;

function reject(problems: readonly Problem[]): void {
  const [first, ...rest] = problems;
  if (first) throw Rejection.all([first, ...rest]);
}

const badQuantity = (what: string, path: string[]): Problem => ({
  code: 'INVALID_QUANTITY',
  message: `${what}: a line holds 1 to ${MAX_QUANTITY}`,
  path: [...path, 'quantity'],
});
const unknownSku = (sku: string, path: string[]): Problem => ({
  code: 'UNKNOWN_SKU',
  message: `there is no SKU ${quoted(sku)}, or it is not sold`,
  path: [...path, 'sku'],
});
const otherCurrency = ({ sku, currencyCode }: CatalogueVariant, wanted: string, path: string[]): Problem => ({
  code: 'CURRENCY_MISMATCH',
  message: `${sku} is sold in ${currencyCode}, the cart is in ${wanted}: use another cart`,
  path: [...path, 'sku'],
});
const tooMany = (count: number): Problem => ({
  code: 'TOO_MANY_LINES',
  message: `the cart would have ${count} lines: at most ${MAX_LINES}`,
  path: ['input', 'lines'],
});
