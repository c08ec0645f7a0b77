import { Fault } from './fault.ts';
import { newUuid as makeUuid, toText } from './uuid.ts';

const NAMES = {
  usr: 'user',
  addr: 'address',
  prod: 'product',
  var: 'variant',
  cat: 'category',
  rev: 'review',
  mov: 'stock movement',
  ord: 'order',
  line: 'order line',
  cart: 'cart',
  pay: 'payment',
  evt: 'event',
} as const;

/** What an id is of: the prefix of its TypeID. */
export type IdKind = keyof typeof NAMES;

export const newUuid = makeUuid;

/** Crockford's base 32 in lower case, as the TypeID specification has it (github.com/jetify-com/typeid, 0.3). */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const VALUES = new Map([...ALPHABET].map((letter, value) => [letter, BigInt(value)]));
const SUFFIX_LENGTH = 26;

/** A UUID as a TypeID, such as `ord_01h455vb4pex5vsknk084sn02q`. */
export function typeId(kind: IdKind, uuid: string): string {
  let rest = BigInt(`0x${uuid.replaceAll('-', '')}`);
  let suffix = '';
  for (let index = 0; index < SUFFIX_LENGTH; index++) {
    suffix = ALPHABET.charAt(Number(rest & 31n)) + suffix;
    rest >>= 5n;
  }
  return `${kind}_${suffix}`;
}

/** The UUID in a TypeID; undefined when it is malformed or of another kind. */
export function uuidOf(kind: IdKind, id: string): string | undefined {
  if (!id.startsWith(`${kind}_`) || id.length !== kind.length + 1 + SUFFIX_LENGTH) return undefined;
  let value = 0n;
  for (const letter of id.slice(kind.length + 1)) {
    const digit = VALUES.get(letter);
    if (digit === undefined) return undefined;
    value = (value << 5n) | digit;
  }
  // 26 letters hold 130 bits; the first two must be clear for 128.
  if (value >> 128n) return undefined;
  return toText(Buffer.from(value.toString(16).padStart(32, '0'), 'hex'));
}

/** The UUID in a TypeID. @throws Fault INVALID_ID that tells which kind was expected and what was given. */
export function requireUuid(kind: IdKind, id: string): string {
  const uuid = uuidOf(kind, id);
  if (uuid !== undefined) return uuid;
  const given = id.length > 60 ? `${id.slice(0, 60)}…` : id;
  throw new Fault(
    'INVALID_ID',
    `"${given}" is no ${NAMES[kind]} id: expected ${kind}_ and ${SUFFIX_LENGTH} characters`,
  );
}
