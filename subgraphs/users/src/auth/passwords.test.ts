import { parseOptions } from '@node-rs/argon2';
import { describe, expect, it } from 'vitest';
import { createPasswords } from './passwords.ts';

const ARGON2ID = 2;
const passwords = await createPasswords();

describe('a password', () => {
  it('is kept as argon2id with the parameters of OWASP, salted', async () => {
    const [one, two] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')];
    expect(one).not.toBe(two);
    expect(parseOptions(one)).toMatchObject({
      algorithm: ARGON2ID,
      memoryCost: 19_456,
      timeCost: 2,
      parallelism: 1,
      outputLen: 32,
    });
  });

  it('matches itself and nothing else', async () => {
    const kept = await passwords.hash('correct horse');
    expect(await passwords.matches(kept, 'correct horse')).toBe(true);
    expect(await passwords.matches(kept, 'correct house')).toBe(false);
  });

  it('is the same however a keyboard writes its letters', async () => {
    const kept = await passwords.hash('caf\u00e9 au lait');
    expect(await passwords.matches(kept, 'cafe\u0301 au lait')).toBe(true);
  });

  it('never matches where there is none, not even the one that is compared instead', async () => {
    expect(await passwords.matches(undefined, 'nobody has this password')).toBe(false);
  });
});
