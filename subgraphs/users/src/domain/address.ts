import { type Problem, Rejection } from '@entrepot/kernel/rejection';

export type AddressFields = {
  recipient: string;
  lines: readonly string[];
  city: string;
  region: string | null;
  postalCode: string | null;
  countryCode: string;
};
export type Address = AddressFields & { id: string; isDefault: boolean };

export const MAX_ADDRESSES = 50;
const LIMITS = { recipient: 100, line: 200, lines: 3, city: 100, region: 100, postalCode: 20 };

/** @throws Rejection INVALID_ADDRESS with every field at fault */
export function checkAddress(address: AddressFields): void {
  const problems: Problem[] = [];
  const check = (field: string, text: string, max: number, min = 1) => {
    const { length } = text.trim();
    if (length >= min && length <= max) return;
    const message = `${field} has ${length} characters: it must have ${min} to ${max}`;
    problems.push({ code: 'INVALID_ADDRESS', message, path: ['input', ...field.split('.')] });
  };
  check('recipient', address.recipient, LIMITS.recipient);
  check('city', address.city, LIMITS.city);
  if (address.region !== null) check('region', address.region, LIMITS.region, 0);
  if (address.postalCode !== null) check('postalCode', address.postalCode, LIMITS.postalCode, 0);
  if (address.lines.length < 1 || address.lines.length > LIMITS.lines) {
    const message = `there are ${address.lines.length} lines: there must be 1 to ${LIMITS.lines}`;
    problems.push({ code: 'INVALID_ADDRESS', message, path: ['input', 'lines'] });
  } else {
    for (const [index, line] of address.lines.entries()) check(`lines.${index}`, line, LIMITS.line);
  }
  const [first, ...rest] = problems;
  if (first) throw Rejection.all([first, ...rest]);
}
