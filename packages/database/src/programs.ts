import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { inheritedEnvironment } from './config.ts';
import { asOwner, type Owner } from './unprivileged.ts';

/** Starts a program of PostgreSQL, as `owner` when we are root. */
export function start(owner: Owner | undefined, program: string, args: readonly string[]): ChildProcess {
  const [command = program, ...rest] = owner ? asOwner(owner, program, args) : [program, ...args];
  return spawn(command, rest, {
    cwd: '/',
    // A group of its own: Ctrl-C in a terminal must not end the database before those who use it.
    detached: true,
    // Its messages in English, because we read them.
    env: { ...inheritedEnvironment(['PATH', 'SystemRoot']), LC_ALL: 'C', TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Keeps the end of what a program says, for the case that it was its last words. */
export function listenTo(child: ChildProcess): () => string {
  let said = '';
  const keep = (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-8_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => said;
}

export async function runToEnd(
  owner: Owner | undefined,
  program: string,
  args: readonly string[],
): Promise<{ code: number | null; said: string }> {
  const child = start(owner, program, args);
  const said = listenTo(child);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', reject);
  });
  return { code, said: said() };
}

/** How a process was started; undefined when there is none with this number. */
export async function commandLineOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
  return await new Promise((resolve) => {
    execFile('ps', ['-p', String(pid), '-o', 'command='], (error, stdout) => resolve(error ? undefined : stdout));
  });
}
