import { decimalsOf, isCurrency } from './currencies.ts';

export { decimalsOf, isCurrency };

/** An amount in whole minor units (pence, cents, yen) of an ISO 4217 currency. */
export type Money = { readonly minor: bigint; readonly currency: string };
export type ApiMoney = { amount: string; currencyCode: string };
export type ParsedMoney = { ok: true; money: Money } | { ok: false; problem: string };

/** PostgreSQL's bigint, which keeps it, ends here. */
const MAX_MINOR = 9_223_372_036_854_775_807n;
const DECIMAL = /^(-?)(\d{1,19})(?:\.(\d{1,9}))?$/;

/** Reads an amount as callers write it; more decimals than the currency has are a problem, not rounded away. */
export function parseMoney({ amount, currencyCode }: ApiMoney): ParsedMoney {
  if (!isCurrency(currencyCode)) return { ok: false, problem: `${quoted(currencyCode)} is no currency of ISO 4217` };
  const match = DECIMAL.exec(amount);
  if (!match) return { ok: false, problem: `${quoted(amount)} is no decimal number such as "12.50"` };
  const [, sign = '', whole = '0', fraction = ''] = match;
  const decimals = decimalsOf(currencyCode);
  if (fraction.length > decimals)
    return { ok: false, problem: `${amount} has more than the ${decimals} decimals of ${currencyCode}` };
  const magnitude = BigInt(whole + fraction.padEnd(decimals, '0'));
  if (magnitude > MAX_MINOR) return { ok: false, problem: `${amount} ${currencyCode} is too large` };
  return { ok: true, money: { minor: sign === '-' ? -magnitude : magnitude, currency: currencyCode } };
}

/** The amount with exactly as many decimals as the currency has: `12.50` GBP, `1250` JPY. */
export function formatAmount({ minor, currency }: Money): string {
  const decimals = decimalsOf(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, '0');
  const sign = minor < 0n ? '-' : '';
  if (decimals === 0) return sign + digits;
  return `${sign}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/** The shape that the API gives to money. */
export function toApi(money: Money): ApiMoney {
  return { amount: formatAmount(money), currencyCode: money.currency };
}

/** @throws RangeError when the currencies differ. */
export function add(a: Money, b: Money): Money {
  requireSame(a, b);
  return { minor: a.minor + b.minor, currency: a.currency };
}

/** @throws RangeError when the currencies differ. */
export function subtract(a: Money, b: Money): Money {
  requireSame(a, b);
  return { minor: a.minor - b.minor, currency: a.currency };
}

/** @throws RangeError when the quantity is no whole number */
export function multiply({ minor, currency }: Money, quantity: number): Money {
  return { minor: minor * BigInt(quantity), currency };
}

/** The sum in this currency; zero of nothing. @throws RangeError when another currency is among them. */
export function sum(amounts: Iterable<Money>, currency: string): Money {
  let total: Money = { minor: 0n, currency };
  for (const amount of amounts) total = add(total, amount);
  return total;
}

function requireSame(a: Money, b: Money): void {
  if (a.currency !== b.currency)
    throw new RangeError(
      `${a.currency} and ${b.currency} are different currencies: they cannot be added or subtracted`,
    );
}

const quoted = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
