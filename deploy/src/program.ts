import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { programPath } from './config.ts';

/** What runs until it is stopped. */
export type Program = { stop(): Promise<void> };

/** Why a program cannot be run here; undefined when it can. */
export function whyNotInstalled(program: string, debian: string): string | undefined {
  const { error } = spawnSync(program, ['--version'], { stdio: 'ignore', env: { PATH: programPath() } });
  return error ? `no ${program}: install Debian's ${debian}` : undefined;
}

/** Runs a program to its end. */
export function runProgram(program: string, args: readonly string[], env: Record<string, string> = {}, cwd?: string) {
  const { status, stdout, stderr, error } = spawnSync(program, [...args], {
    cwd,
    encoding: 'utf8',
    env: { ...env, PATH: programPath() },
  });
  if (error) throw error;
  return { status, output: stdout + stderr };
}

/** Starts a program that goes on running. */
export function startProgram(program: string, args: readonly string[], env: Record<string, string> = {}): Program {
  const child: ChildProcess = spawn(program, [...args], { env: { ...env, PATH: programPath() }, stdio: 'ignore' });
  return {
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      await gone;
    },
  };
}

/** A TCP port of this machine that nobody has just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = portOf(server.address());
  server.close();
  await once(server, 'close');
  return port;
}

export function portOf(address: AddressInfo | string | null): AddressInfo {
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen on a TCP port');
  return address;
}

/** Asks until it is so; throws what it waited for when time runs out. */
export async function until(what: string, isSo: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
}
