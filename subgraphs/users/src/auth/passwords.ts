import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import { createTurns } from './turns.ts';

/** OWASP's parameters for argon2id (Password Storage Cheat Sheet); its algorithm is the library's default. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/**
 * A hash takes 19 MiB and a core for 13 to 30 ms: a crowd waits here and not in memory. One core is left to everybody
 * else, and one of libuv's four threads to look up host names.
 */
const CONCURRENT = Math.min(3, Math.max(1, availableParallelism() - 1));
/** The last in the line waits some three seconds. */
const MAX_WAITING = 100 * CONCURRENT;

export type Passwords = {
  /** @throws TooBusy */
  hash(password: string): Promise<string>;
  /** Whether the password is the one; takes as long when there is none to compare with. @throws TooBusy */
  matches(passwordHash: string | undefined, password: string): Promise<boolean>;
  load(): { running: number; waiting: number };
};

export async function createPasswords(): Promise<Passwords> {
  const turns = createTurns({ concurrent: CONCURRENT, maxWaiting: MAX_WAITING });
  const nobodys = await hash('nobody has this password', PARAMETERS);
  return {
    hash: (password) => turns.take(() => hash(normalised(password), PARAMETERS)),
    matches: (passwordHash, password) =>
      turns.take(
        async () => (await verify(passwordHash ?? nobodys, normalised(password))) && passwordHash !== undefined,
      ),
    load: turns.load,
  };
}

/** Keyboards write the same letter in different ways (NIST SP 800-63B, 5.1.1.2). */
const normalised = (password: string): string => password.normalize('NFKC');
