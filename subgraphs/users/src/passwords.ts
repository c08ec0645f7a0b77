import { cpus } from 'node:os';
import { hash, verify } from '@node-rs/argon2';

/** OWASP's parameters for argon2id (Password Storage Cheat Sheet); its algorithm is the library's default. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
/** A hash takes 19 MiB and a core for tens of milliseconds: a crowd waits here and not in memory. */
const CONCURRENT = Math.max(1, cpus().length - 1);
const MAX_WAITING = 500;

export type Passwords = {
  hash(password: string): Promise<string>;
  /** Whether the password is the one; takes as long when there is none to compare with. */
  matches(passwordHash: string | undefined, password: string): Promise<boolean>;
};

export class TooBusy extends Error {}

export async function createPasswords(): Promise<Passwords> {
  const inTurn = createGate();
  const nobodys = await hash('nobody has this password', PARAMETERS);
  return {
    hash: (password) => inTurn(() => hash(password, PARAMETERS)),
    matches: (passwordHash, password) =>
      inTurn(async () => (await verify(passwordHash ?? nobodys, password)) && passwordHash !== undefined),
  };
}

function createGate(): <T>(act: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (act) => {
    if (waiting.length >= MAX_WAITING) throw new TooBusy('too many passwords are being checked');
    if (running >= CONCURRENT) await new Promise<void>((resolve) => waiting.push(resolve));
    running++;
    try {
      return await act();
    } finally {
      running--;
      waiting.shift()?.();
    }
  };
}
