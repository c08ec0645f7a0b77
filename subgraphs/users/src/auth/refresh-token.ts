import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits: guessing one is as hard as guessing a key. */
const TOKEN_BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{43}$/;

export function newRefreshToken(): { token: string; hash: Buffer } {
  const token = randomBytes(TOKEN_BYTES).toString('base64url');
  return { token, hash: sha256(token) };
}

/** What the database keeps of a token; undefined for a text that cannot be one. */
export function hashOf(token: string): Buffer | undefined {
  return FORM.test(token) ? sha256(token) : undefined;
}

/** Neither salt nor stretching: the token itself is random, so there is no list to look it up in. */
const sha256 = (token: string): Buffer => createHash('sha256').update(token).digest();
