import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '@entrepot/database/free-port';
import { peakMemoryMiB, usageOf } from '../src/processes.ts';
import type { Gateway, Setting } from './gateways.ts';
import { composeShape } from './supergraph.ts';
import type { TokenAlgorithm } from './tokens.ts';

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 5_000;

export type RunningGateway = {
  readonly name: string;
  readonly label: string;
  /** What its authorizations are signed with. */
  readonly tokens: TokenAlgorithm;
  readonly url: string;
  readonly pid: number;
  /** False once it has ended by itself. */
  isRunning(): boolean;
  cpuS(): number;
  peakMemoryMiB(): number;
  stop(): Promise<void>;
};

export type StartOptions = Omit<Setting, 'folder' | 'supergraph' | 'port'> & {
  /** What files may be written into. */
  folder: string;
  /** The cores it may run on, as taskset names them; undefined for all. */
  cores: string | undefined;
  env?: Readonly<Record<string, string>>;
};

/** Starts a gateway over the shape and waits until it answers. */
export async function startGateway(gateway: Gateway, options: StartOptions): Promise<RunningGateway> {
  const folder = mkdtempSync(join(options.folder, `${gateway.name}-`));
  const supergraph = join(folder, 'supergraph.graphql');
  writeFileSync(supergraph, composeShape(options.shape, options.subgraphsUrl));
  const port = await freePort();
  const { program, args, env, cwd, path } = gateway.command({ ...options, folder, supergraph, port });
  const pinned = options.cores === undefined ? [program, ...args] : ['taskset', '-c', options.cores, program, ...args];
  const [command = program, ...rest] = pinned;
  const child = spawn(command, rest, {
    cwd,
    env: { ...process.env, ...env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  const hear = (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-4_000);
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  const url = `http://127.0.0.1:${port}${path}`;
  if (!(await answers(url, child))) {
    await stop(child);
    throw new Error(`${gateway.name} does not answer: ${said}`);
  }
  const pid = child.pid ?? 0;
  return {
    name: gateway.name,
    label: gateway.label,
    tokens: gateway.tokens ?? 'RS256',
    url,
    pid,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    cpuS: () => usageOf(pid).cpuS,
    peakMemoryMiB: () => peakMemoryMiB(pid),
    stop: () => stop(child),
  };
}

async function answers(url: string, child: ChildProcess): Promise<boolean> {
  const until = performance.now() + START_LIMIT_MS;
  while (performance.now() < until && child.exitCode === null) {
    const asked = fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ __typename }"}',
      signal: AbortSignal.timeout(2_000),
    });
    const text = await asked.then((response) => response.text()).catch(() => '');
    if (text.includes('"__typename":"Query"')) return true;
    await sleep(100);
  }
  return false;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await ended;
  clearTimeout(kill);
}
