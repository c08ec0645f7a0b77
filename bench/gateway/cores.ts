import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

export const GATEWAY_CORE = '0';
/** That of the load generator, the subgraphs and Redis. */
export const LOAD_CORE = '1';

/** Keeps this process and all that it starts on one core, where there are two and a program to do it. */
export function pinToLoadCore(): boolean {
  try {
    if (availableParallelism() < 2) return false;
    execFileSync('taskset', ['-a', '-c', '-p', LOAD_CORE, String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    console.error('processes cannot be pinned to cores here: the figures are those of the whole machine');
    return false;
  }
}

/** How long a core has had nothing to do, since the machine started. */
export function idleS(core: string): number {
  const line = new RegExp(`^cpu${core} (.*)$`, 'm').exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? '';
  const [, , , idle, waiting] = line.split(' ');
  return (Number(idle) + Number(waiting)) / 100;
}
