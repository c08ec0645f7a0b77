import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits: guessing one is as hard as guessing a key. */
const TOKEN_BYTES = 32;
const FORM = /^[A-Za-z0-9_-]{43}$/;

export function newRefreshToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What the database keeps of a token; undefined for a text that cannot be one. No salt: the token itself is random. */
export function hashOf(token: string): Buffer | undefined {
  return FORM.test(token) ? createHash('sha256').update(token).digest() : undefined;
}
