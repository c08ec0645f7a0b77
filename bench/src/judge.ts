import type { Sink } from './answer-reader.ts';

export type Judge = Sink & { isRight(): boolean; answer(): Buffer };

const EXTENSIONS = ',"extensions":{"cost":';
const MAX_EXTENSIONS_BYTES = 512;

/**
 * Judges one answer: compares each byte with those of an answer that has been found right. What differs is kept and judged as a
 * whole, because an answer may be right in more than one way.
 */
export function createJudge(known: Buffer, isRight: (answer: Buffer) => boolean): Judge {
  let same = 0;
  const rest: Buffer[] = [];
  const answer = () => Buffer.concat([known.subarray(0, same), ...rest]);
  return {
    take(part) {
      const length = rest.length > 0 ? 0 : Math.min(part.length, known.length - same);
      const isSame = known.compare(part, 0, length, same, same + length) === 0;
      if (isSame) same += length;
      if (!isSame || length < part.length) rest.push(Buffer.from(isSame ? part.subarray(length) : part));
    },
    isRight() {
      if (same === known.length && same > 0 && isNothingOrCost(rest)) return true;
      return isRight(answer());
    },
    answer,
  };
}

function isNothingOrCost(parts: readonly Buffer[]): boolean {
  if (parts.length === 0) return true;
  const end = Buffer.concat(parts);
  return end.length < MAX_EXTENSIONS_BYTES && end.indexOf(EXTENSIONS) === 0;
}

/** Ours tells in `extensions` at the end what is left of a budget, so no two answers are alike to the last byte. */
export function withoutExtensions(answer: Buffer): Buffer {
  const end = answer.subarray(-MAX_EXTENSIONS_BYTES).lastIndexOf(EXTENSIONS);
  return end === -1 ? answer : answer.subarray(0, Math.max(0, answer.length - MAX_EXTENSIONS_BYTES) + end);
}
