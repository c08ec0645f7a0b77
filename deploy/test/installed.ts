import { spawnSync } from 'node:child_process';
import { describe } from 'vitest';

/**
 * A `describe` whose tests need a program of the machine. Without it they are skipped with the reason in the title, which
 * `npm test` tells at its end, and which fails a CI.
 */
export function describeWithProgram(program: string, debian: string, title: string, tests: () => void): void {
  const isInstalled =
    spawnSync(program, ['--version'], { stdio: 'ignore', env: { PATH: programPath() } }).error === undefined;
  if (isInstalled) describe(title, tests);
  else describe.skip(`${title} (no ${program}: install Debian's ${debian})`, tests);
}

/** Where programs are: a server's are in /usr/sbin, which is on the path of root only. */
export const programPath = () => `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;
