import { existsSync } from 'node:fs';

/** `nobody` on every Unix; it owns the data folder when the launcher is root. */
const NOBODY = 65_534;
const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv'];

/**
 * How root runs a program that refuses to be root. The program keeps the one right to pass through folders that are not
 * its own (CAP_DAC_OVERRIDE), because a clone below `/root`, or in a private temporary folder, is closed to everybody else.
 * Undefined when the process is not root.
 */
export function asUnprivileged():
  | { uid: number; gid: number; command(program: string, args: readonly string[]): string[] }
  | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const setpriv = SETPRIV.find((path) => existsSync(path));
  if (setpriv === undefined)
    throw new Error(
      'PostgreSQL does not run as root, and there is no setpriv (util-linux) to run it otherwise: start as another user',
    );
  const capability = '+dac_override';
  const options = [
    `--reuid=${NOBODY}`,
    `--regid=${NOBODY}`,
    '--clear-groups',
    `--inh-caps=${capability}`,
    `--ambient-caps=${capability}`,
  ];
  return { uid: NOBODY, gid: NOBODY, command: (program, args) => [setpriv, ...options, '--', program, ...args] };
}
