import { takeRandom } from './random.ts';

/**
 * A UUIDv7 (RFC 9562, 5.7): 48 bits of milliseconds, then random bits, so that ids made later sort later and inserts
 * stay at the end of an index. `randA` fills the 12 bits after the version with a number of the caller's, 0–4095.
 */
export function newUuid(now: Date = new Date(), randA?: number): string {
  // A number that needs more bits would end up in the version, or be cut to another one without a word.
  if (randA !== undefined && !(Number.isInteger(randA) && randA >= 0 && randA <= 0xfff))
    throw new RangeError(`rand_a is ${randA}: it must be a whole number from 0 to 4095`);
  const bytes = Buffer.from(takeRandom(16));
  bytes.writeUIntBE(now.getTime(), 0, 6);
  const a = randA ?? bytes.readUInt16BE(6) & 0x0fff;
  bytes.writeUInt16BE(0x7000 | a, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return toText(bytes);
}

/** The 12 bits after the version of a UUIDv7. */
export function randAOf(uuid: string): number {
  return Number.parseInt(uuid.slice(15, 18), 16);
}

function toText(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
