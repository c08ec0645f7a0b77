/**
 * 128 bits as 26 letters: Crockford's base 32 in lower case, two zero bits first, as the TypeID specification (0.3) has
 * it. Done digit by digit: BigInt takes three times as long, and every object of every answer has an id.
 */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz';
const DIGITS = '0123456789abcdef';
export const SUFFIX_LENGTH = 26;
const NONE = 255;

const letterValues = valuesOf(LETTERS);
const digitValues = valuesOf(DIGITS, DIGITS.toUpperCase());

/** A UUID in base 32. @throws RangeError when it is none. */
export function encodeUuid(uuid: string): string {
  let text = '';
  let pending = 0;
  let bits = 2;
  for (let index = 0; index < uuid.length; index++) {
    if (uuid.charCodeAt(index) === 45 && isDash(index)) continue;
    const value = digitValues[uuid.charCodeAt(index)] ?? NONE;
    if (value === NONE) throw new RangeError(`"${uuid}" is no UUID`);
    pending = ((pending << 4) | value) & 0xff;
    bits += 4;
    if (bits >= 5) {
      bits -= 5;
      text += LETTERS[(pending >> bits) & 31];
    }
  }
  if (text.length !== SUFFIX_LENGTH || uuid.length !== 36) throw new RangeError(`"${uuid}" is no UUID`);
  return text;
}

/** The UUID in 26 letters of base 32; undefined when they are none, or hold more than 128 bits. */
export function decodeUuid(suffix: string): string | undefined {
  if (suffix.length !== SUFFIX_LENGTH || suffix.charCodeAt(0) > 55) return undefined;
  let text = '';
  let pending = 0;
  // The first letter has three bits to give, all others five.
  let bits = -2;
  for (let index = 0; index < SUFFIX_LENGTH; index++) {
    const value = letterValues[suffix.charCodeAt(index)] ?? NONE;
    if (value === NONE) return undefined;
    pending = ((pending << 5) | value) & 0xfff;
    bits += 5;
    while (bits >= 4) {
      bits -= 4;
      if (isDash(text.length)) text += '-';
      text += DIGITS[(pending >> bits) & 15];
    }
  }
  return text;
}

const isDash = (index: number) => index === 8 || index === 13 || index === 18 || index === 23;

/** What each character code stands for, in one or several spellings of the same digits. */
function valuesOf(...spellings: string[]): Uint8Array {
  const values = new Uint8Array(128).fill(NONE);
  for (const letters of spellings) {
    for (let index = 0; index < letters.length; index++) values[letters.charCodeAt(index)] = index;
  }
  return values;
}
