import { decodeUuid, encodeUuid, SUFFIX_LENGTH } from './base32.ts';
import { Fault } from './fault.ts';
import { newUuid as makeUuid } from './uuid.ts';

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

/** A UUID as a TypeID, such as `ord_01h455vb4pex5vsknk084sn02q`. @throws RangeError when it is no UUID */
export function typeId(kind: IdKind, uuid: string): string {
  return `${kind}_${encodeUuid(uuid)}`;
}

/** The UUID in a TypeID; undefined when it is malformed or of another kind. */
export function uuidOf(kind: IdKind, id: string): string | undefined {
  return id.startsWith(`${kind}_`) ? decodeUuid(id.slice(kind.length + 1)) : undefined;
}

/** The UUID in a TypeID. @throws Fault INVALID_ID that tells which kind was expected and what was given. */
export function requireUuid(kind: IdKind, id: string): string {
  const uuid = uuidOf(kind, id);
  if (uuid !== undefined) return uuid;
  throw new Fault(
    'INVALID_ID',
    `${describe(id)}: expected a ${NAMES[kind]} id, ${kind}_ and ${SUFFIX_LENGTH} characters`,
  );
}

/** What kind of thing the id names; undefined when it is no id of ours. */
export function kindOf(id: string): IdKind | undefined {
  const prefix = id.slice(0, Math.max(0, id.length - SUFFIX_LENGTH - 1));
  return isKind(prefix) && uuidOf(prefix, id) !== undefined ? prefix : undefined;
}

const isKind = (prefix: string): prefix is IdKind => Object.hasOwn(NAMES, prefix);

function describe(id: string): string {
  const kind = kindOf(id);
  if (kind) return `${id} is the id of a ${NAMES[kind]}`;
  return `${JSON.stringify(id.length > 60 ? `${id.slice(0, 60)}…` : id)} is no id`;
}
