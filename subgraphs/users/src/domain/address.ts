import { type Problem, Rejection } from '@entrepot/kernel/rejection';
import { textProblems } from './text.ts';

export type AddressFields = {
  recipient: string;
  lines: readonly string[];
  city: string;
  region: string | null;
  postalCode: string | null;
  countryCode: string;
};
export type Address = AddressFields & { id: string; userId: string; isDefault: boolean };

export const MAX_ADDRESSES = 50;
const MAX_LINES = 3;
const code = 'INVALID_ADDRESS';

/** The address as it is kept: trimmed, and null for what is left empty. @throws Rejection with every field at fault */
export function readAddress(given: AddressFields): AddressFields {
  const address: AddressFields = {
    recipient: given.recipient.trim(),
    lines: given.lines.map((line) => line.trim()),
    city: given.city.trim(),
    region: given.region?.trim() || null,
    postalCode: given.postalCode?.trim() || null,
    countryCode: given.countryCode,
  };
  const [first, ...rest] = problemsOf(address);
  if (first) throw Rejection.all([first, ...rest]);
  return address;
}

/** The address after a change: what the change leaves out stays. @throws Rejection with every field at fault */
export function changeAddress(address: Address, change: Partial<AddressFields>): Address {
  return { ...address, ...readAddress({ ...address, ...change }) };
}

/** @throws Rejection TOO_MANY_ADDRESSES */
export function requireRoom(book: readonly Address[]): void {
  if (book.length < MAX_ADDRESSES) return;
  throw new Rejection('TOO_MANY_ADDRESSES', `the address book holds ${MAX_ADDRESSES} addresses: remove one first`);
}

/** The address of the book with this id. @throws Rejection NOT_FOUND */
export function findAddress(book: readonly Address[], id: string): Address {
  const known = book.find((address) => address.id === id);
  if (known) return known;
  throw new Rejection('NOT_FOUND', `you have no address ${id}`, ['input', 'id']);
}

function problemsOf({ recipient, lines, city, region, postalCode }: AddressFields): Problem[] {
  return [
    ...textProblems(recipient, { code, field: 'recipient', min: 1, max: 100 }),
    ...lineProblems(lines),
    ...textProblems(city, { code, field: 'city', min: 1, max: 100 }),
    ...textProblems(region ?? '', { code, field: 'region', min: 0, max: 100 }),
    ...textProblems(postalCode ?? '', { code, field: 'postalCode', min: 0, max: 20 }),
  ];
}

function lineProblems(lines: readonly string[]): Problem[] {
  if (lines.length >= 1 && lines.length <= MAX_LINES)
    return lines.flatMap((line, index) => textProblems(line, { code, field: `lines.${index}`, min: 1, max: 200 }));
  const message = `there are ${lines.length} lines: there must be 1 to ${MAX_LINES}`;
  return [{ code, message, path: ['input', 'lines'] }];
}
