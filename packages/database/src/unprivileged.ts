import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';

/** Owns the data folder when the launcher is root. */
export type Owner = { uid: number; gid: number };

/** `nobody` on every Unix. */
const NOBODY: Owner = { uid: 65_534, gid: 65_534 };
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'];

/**
 * Whom a program has to run as that refuses to be root: the owner of its folder, so that a folder of a person stays theirs, else
 * nobody. Undefined when we are not root, and nothing needs to change.
 */
export async function unprivilegedOwner(folder: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const found = await stat(folder).catch(() => undefined);
  return found && found.uid !== 0 ? { uid: found.uid, gid: found.gid } : NOBODY;
}

/**
 * The command by which root runs a program as somebody else. It keeps the one right to pass through folders that are not
 * its own (CAP_DAC_OVERRIDE): a clone below `/root`, or in a private temporary folder, is closed to everybody else.
 */
export function asOwner({ uid, gid }: Owner, program: string, args: readonly string[]): string[] {
  const setpriv = SETPRIV.find((path) => existsSync(path));
  if (setpriv === undefined)
    throw new Error(
      'PostgreSQL does not run as root, and there is no setpriv (util-linux) to run it otherwise: start as another user',
    );
  const capability = '+dac_override';
  // Without the securebit access(2) forgets the right (it asks for the real user), and initdb asks it for its programs.
  const securebits = '--securebits=+no_setuid_fixup';
  const rights = [securebits, '--clear-groups', `--inh-caps=${capability}`, `--ambient-caps=${capability}`];
  return [setpriv, `--reuid=${uid}`, `--regid=${gid}`, ...rights, '--', program, ...args];
}
