import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares with the expected credential in constant time, whatever the length of what was given. */
export function createCredentialCheck(expected: string): (given: string | undefined) => boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  const wanted = digest(expected);
  return (given) => given !== undefined && timingSafeEqual(digest(given), wanted);
}
