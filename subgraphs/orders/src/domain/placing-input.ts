import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { type Money, parseMoney } from '@entrepot/money/money';
import type { PostalAddress } from './order.ts';
import { isKeepable, quoted } from './text.ts';

/** `placeOrder`'s input as callers write it. */
export type PlacingInput = {
  readonly idempotencyKey: string;
  readonly cartId: string;
  readonly secret?: string | null | undefined;
  readonly shippingAddress: {
    readonly recipient: string;
    readonly lines: readonly string[];
    readonly city: string;
    readonly region?: string | null | undefined;
    readonly postalCode?: string | null | undefined;
    readonly countryCode: string;
  };
  readonly payment: { readonly provider: string; readonly token: string };
  readonly expectedTotal?: { readonly amount: string; readonly currencyCode: string } | null | undefined;
  readonly waitMs: number;
};

/** The same, checked. */
export type PlaceCommand = {
  readonly idempotencyKey: string;
  readonly cartId: string;
  readonly secret: string | undefined;
  readonly shippingAddress: PostalAddress;
  readonly payment: { readonly provider: string; readonly token: string };
  readonly expectedTotal: Money | undefined;
  readonly waitMs: number;
};

const MAX_WAIT_MS = 10_000;

/** Checks all that can be checked without looking at the cart, and tells all problems at once. */
export function checkPlacing(input: PlacingInput, providers: readonly string[]): PlaceCommand {
  const { idempotencyKey: key, shippingAddress: address, payment, waitMs } = input;
  const problems: Problem[] = [];
  const check = (holds: boolean, code: string, message: string, ...path: string[]) => {
    if (!holds) problems.push({ code, message, path: ['input', ...path] });
  };
  const fits = (text: string, least: number, most: number) => isBetween(text.length, least, most) && isKeepable(text);
  check(
    fits(key, 8, 100),
    'INVALID_KEY',
    `the key has ${key.length} characters: 8 to 100, without NUL`,
    'idempotencyKey',
  );

  const part = (name: string, value: string | null | undefined, least: number, most: number) =>
    check(
      fits((value ?? '').trim(), least, most),
      'INVALID_ADDRESS',
      `${name}: ${least} to ${most} characters, without NUL`,
      'shippingAddress',
      ...name.split('.'),
    );
  part('recipient', address.recipient, 1, 100);
  part('city', address.city, 1, 100);
  part('region', address.region, 0, 100);
  part('postalCode', address.postalCode, 0, 20);
  const { length: lines } = address.lines;
  check(
    isBetween(lines, 1, 3),
    'INVALID_ADDRESS',
    `the address has ${lines} lines: 1 to 3`,
    'shippingAddress',
    'lines',
  );
  for (const [index, line] of address.lines.slice(0, 3).entries()) part(`lines.${index}`, line, 1, 200);

  const { provider, token } = payment;
  const unknown = `${quoted(provider)} is no provider: ${providers.join(', ')}`;
  check(providers.includes(provider), 'INVALID_PAYMENT', unknown, 'payment', 'provider');
  const badToken = `the token has ${token.length} characters: 1 to 200, without NUL`;
  check(fits(token, 1, 200), 'INVALID_PAYMENT', badToken, 'payment', 'token');
  check(isBetween(waitMs, 0, MAX_WAIT_MS), 'INVALID_WAIT', `waitMs is ${waitMs}: 0 to ${MAX_WAIT_MS}`, 'waitMs');
  const expected = input.expectedTotal ? parseMoney(input.expectedTotal) : undefined;
  if (expected?.ok === false) check(false, 'TOTAL_CHANGED', expected.problem, 'expectedTotal');

  const [first, ...rest] = problems;
  if (first) throw Rejection.all([first, ...rest]);
  return {
    idempotencyKey: key,
    cartId: input.cartId,
    secret: input.secret ?? undefined,
    shippingAddress: {
      recipient: address.recipient.trim(),
      lines: address.lines.map((line) => line.trim()),
      city: address.city.trim(),
      region: address.region?.trim() || null,
      postalCode: address.postalCode?.trim() || null,
      countryCode: address.countryCode,
    },
    payment,
    expectedTotal: expected?.ok ? expected.money : undefined,
    waitMs,
  };
}

/**
 * What makes two inputs the same one: everything but the key itself and `waitMs`, which is about the answer and not
 * about the order. One spelling for one meaning: fields in a fixed order, what is left out as null.
 */
export function canonicalOf(command: PlaceCommand): string {
  const { cartId, secret, shippingAddress: to, payment, expectedTotal: total } = command;
  return JSON.stringify([
    cartId,
    secret ?? null,
    [to.recipient, to.lines, to.city, to.region, to.postalCode, to.countryCode],
    [payment.provider, payment.token],
    total ? [total.minor.toString(), total.currency] : null,
  ]);
}

const isBetween = (value: number, least: number, most: number): boolean => value >= least && value <= most;
