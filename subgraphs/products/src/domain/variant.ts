import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { type Money, parseMoney } from '@entrepot/money/money';
import { HIGHEST_ON_HAND } from './stock.ts';
import { isText } from './text.ts';

export type Variant = {
  id: string;
  productId: string;
  sku: string;
  name: string;
  price: Money;
  onHand: number;
  reserved: number;
};

export type PriceInput = { amount: string; currencyCode: string };
export type VariantDraft = { sku: string; name: string; price: PriceInput; openingStock: number };
export type NewVariant = { sku: string; name: string; price: Money; openingStock: number };

/** Enough for any goods, and small enough that a line of a million of them is still far from a 64-bit integer's end. */
const HIGHEST_PRICE_MINOR = 999_999_999_999n;

/** A price within bounds, in the currency that the other variants have; rejected otherwise. */
export function checkPrice(price: PriceInput, path: readonly string[], currencyCode?: string): Money {
  const checked = moneyOf(price, path);
  if ('code' in checked) throw Rejection.all([checked]);
  const problem = problemOfCurrency(checked, currencyCode, path);
  if (problem) throw Rejection.all([problem]);
  return checked;
}

/** Variants that may stand together in one product; with everything that is wrong with them. */
export function checkVariants(
  drafts: readonly VariantDraft[],
  path: readonly string[],
): { variants: NewVariant[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const variants: NewVariant[] = [];
  const skus = new Set<string>();
  for (const [index, draft] of drafts.entries()) {
    const at = [...path, String(index)];
    const sku = draft.sku.trim();
    if (skus.has(sku)) problems.push(invalidSku(at, `the SKU ${sku} is given twice`));
    skus.add(sku);
    const checked = checkVariant(draft, at, variants[0]?.price.currency);
    problems.push(...checked.problems);
    if (checked.variant) variants.push(checked.variant);
  }
  return { variants, problems };
}

/** One variant, for a product whose prices are in `currencyCode`. */
export function checkVariant(
  draft: VariantDraft,
  path: readonly string[],
  currencyCode?: string,
): { variant: NewVariant | undefined; problems: Problem[] } {
  const problems: Problem[] = [];
  const sku = draft.sku.trim();
  const name = draft.name.trim();
  if (!isText(sku, 1, 64)) problems.push(invalidSku(path, 'the SKU must have 1 to 64 characters'));
  if (!isText(name, 0, 100))
    problems.push({ code: 'INVALID_NAME', message: 'the name may have 100 characters', path: [...path, 'name'] });
  const price = moneyOf(draft.price, [...path, 'price']);
  const ofPrice = 'code' in price ? price : problemOfCurrency(price, currencyCode, [...path, 'price']);
  if (ofPrice) problems.push(ofPrice);
  if (draft.openingStock < 0 || draft.openingStock > HIGHEST_ON_HAND) {
    const message = `the opening stock must be 0 to ${HIGHEST_ON_HAND}, not ${draft.openingStock}`;
    problems.push({ code: 'INVALID_QUANTITY', message, path: [...path, 'openingStock'] });
  }
  if (problems.length > 0 || 'code' in price) return { variant: undefined, problems };
  return { variant: { sku, name, price, openingStock: draft.openingStock }, problems };
}

function moneyOf(input: PriceInput, path: readonly string[]): Money | Problem {
  const parsed = parseMoney(input);
  const invalid = (message: string, field: string) => ({ code: 'INVALID_PRICE', message, path: [...path, field] });
  if (!parsed.ok) return invalid(parsed.problem, 'amount');
  if (parsed.money.minor < 0n) return invalid(`a price cannot be negative, as ${input.amount} is`, 'amount');
  if (parsed.money.minor > HIGHEST_PRICE_MINOR) return invalid(`${input.amount} is too large for a price`, 'amount');
  return parsed.money;
}

function problemOfCurrency(price: Money, currencyCode: string | undefined, path: readonly string[]) {
  if (currencyCode === undefined || price.currency === currencyCode) return undefined;
  const message = `the product's other variants are priced in ${currencyCode}, not ${price.currency}`;
  return { code: 'INVALID_PRICE', message, path: [...path, 'currencyCode'] };
}

const invalidSku = (path: readonly string[], message: string): Problem => ({
  code: 'INVALID_SKU',
  message,
  path: [...path, 'sku'],
});
