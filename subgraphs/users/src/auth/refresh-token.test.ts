import { expect, it } from 'vitest';
import { hashOf, newRefreshToken } from './refresh-token.ts';

it('makes a token of 256 bits, each time another one', () => {
  const { token } = newRefreshToken();
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);
  expect(newRefreshToken().token).not.toBe(token);
});

it('knows a token by its hash', () => {
  const { token, hash } = newRefreshToken();
  expect(hashOf(token)).toEqual(hash);
  expect(hash).toHaveLength(32);
});

it.each(['', 'x', 'x'.repeat(42), 'x'.repeat(44), `${'x'.repeat(42)}=`, `${'x'.repeat(43)}\n`])(
  'takes %j for no token',
  (text) => {
    expect(hashOf(text)).toBeUndefined();
  },
);
