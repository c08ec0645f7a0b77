import { describe } from 'vitest';
import { whyNotInstalled } from '../src/program.ts';

/**
 * A `describe` whose tests need a program of the machine. Without it they are skipped with the reason in the title, which
 * `npm test` tells at its end, and which fails a CI.
 */
export function describeWithProgram(program: string, debian: string, title: string, tests: () => void): void {
  const reason = whyNotInstalled(program, debian);
  if (reason === undefined) describe(title, tests);
  else describe.skip(`${title} (${reason})`, tests);
}
