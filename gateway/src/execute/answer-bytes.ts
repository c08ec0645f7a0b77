/**
 * The bytes of the answer that is being written. One for the process, because an answer is written in one go: strings put together
 * piece by piece cost more to collect and to encode than all else that is done for an answer.
 */
const FIRST_BYTES = 64 * 1024;
/** Nothing larger is kept for the next answer. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;
/** Up to this length a loop over the characters is faster than a call of a native function. */
const SHORT = 32;
/** What a JSON string cannot have as it is, or what is more than one byte. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON escapes exactly these
const SPECIAL = /[\0-\x1f"\\\x80-\uffff]/;

let bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
let length = 0;

/** Begins a new answer. */
export function beginBytes(): void {
  length = 0;
}

/** How much has been written. */
export const writtenBytes = (): number => length;

/** Takes back everything that was written after the given length. */
export function rewindBytes(to: number): void {
  length = to;
}

/** A copy of all that was written. */
export function takeBytes(): Buffer {
  const taken = Buffer.allocUnsafe(length);
  bytes.copy(taken, 0, 0, length);
  if (bytes.length > MAX_KEPT_BYTES) bytes = Buffer.allocUnsafeSlow(FIRST_BYTES);
  return taken;
}

function makeRoom(more: number): void {
  if (length + more <= bytes.length) return;
  const larger = Buffer.allocUnsafeSlow(Math.max(bytes.length * 2, length + more));
  bytes.copy(larger, 0, 0, length);
  bytes = larger;
}

export function putBytes(part: Uint8Array): void {
  makeRoom(part.length);
  bytes.set(part, length);
  length += part.length;
}

/** Writes once more what is between two places. */
export function repeatBytes(from: number, to: number): void {
  makeRoom(to - from);
  bytes.copyWithin(length, from, to);
  length += to - from;
}

export function putText(text: string): void {
  makeRoom(text.length * 3);
  length += bytes.write(text, length);
}

/** As `putText`, of what is known to be ASCII and short. */
export function putAscii(text: string): void {
  makeRoom(text.length);
  for (let index = 0; index < text.length; index++) bytes[length++] = text.charCodeAt(index);
}

/** As `putQuoted`, of what has nothing that is escaped and is ASCII. */
export function putPlain(text: string): void {
  const size = text.length;
  makeRoom(size + 2);
  bytes[length++] = 0x22;
  if (size > SHORT) bytes.write(text, length, size, 'latin1');
  else for (let index = 0; index < size; index++) bytes[length + index] = text.charCodeAt(index);
  length += size;
  bytes[length++] = 0x22;
}

/** Writes a string as JSON. */
export function putQuoted(text: string): void {
  const size = text.length;
  if (size > SHORT) {
    if (SPECIAL.test(text)) putText(JSON.stringify(text));
    else putPlain(text);
    return;
  }
  makeRoom(size + 2);
  let at = length;
  bytes[at++] = 0x22;
  for (let index = 0; index < size; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || code === 0x22 || code === 0x5c || code > 0x7f) {
      putText(JSON.stringify(text));
      return;
    }
    bytes[at++] = code;
  }
  bytes[at++] = 0x22;
  length = at;
}
