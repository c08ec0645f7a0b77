import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { guardChild } from '@entrepot/database/guard-child';

/** Fetching an image is part of the first start. */
const START_LIMIT_MS = 180_000;
const ENGINE_LIMIT_MS = 5_000;

export type ContainerOptions = {
  image: string;
  /** The same port inside and on 127.0.0.1 of this machine. */
  port: number;
  env?: Readonly<Record<string, string>>;
  command?: readonly string[];
  /** What it says once it serves. */
  readySign: string;
};
export type Container = { stop(): Promise<void> };

/** Starts a container that is thrown away when it is stopped, or tells why that is not to be had. */
export async function startContainer(options: ContainerOptions): Promise<Container | { unavailable: string }> {
  const missing = await whyNoEngine();
  if (missing !== undefined) return { unavailable: missing };
  const child = spawn('docker', runArguments(options), { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  // The client passes the signal on to the container, which `--rm` then removes.
  guardChild(child, 'TERM');
  const unavailable = await untilReady(child, options);
  if (unavailable === undefined) return { stop: () => stop(child) };
  await stop(child);
  return { unavailable };
}

/** The arguments of `docker`: in the foreground, so that the container's life is that of a process of ours. */
export function runArguments({ image, port, env = {}, command = [] }: ContainerOptions): string[] {
  const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
  return ['run', '--rm', '--publish', `127.0.0.1:${port}:${port}`, ...variables, image, ...command];
}

async function whyNoEngine(): Promise<string | undefined> {
  try {
    await promisify(execFile)('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: ENGINE_LIMIT_MS });
    return undefined;
  } catch {
    return 'no Docker engine';
  }
}

/** Undefined once it serves, else why it will not. */
function untilReady(child: ChildProcess, { image, readySign }: ContainerOptions): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const settle = (outcome: string | undefined) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const timer = setTimeout(() => settle(`${image} was not ready after ${START_LIMIT_MS / 1000} s`), START_LIMIT_MS);
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-16_000);
      if (said.includes(readySign)) settle(undefined);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => settle(error.message));
    child.once('exit', () => settle(`${image} ended at once: ${said.trim().split('\n').slice(-2).join(' ')}`));
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await ended;
  clearTimeout(kill);
}
