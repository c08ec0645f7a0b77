import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { freePort } from '@entrepot/database/free-port';
import { guardChild } from '@entrepot/database/guard-child';

const START_LIMIT_MS = 10_000;
const ATTEMPTS = 3;

export type RedisServer = { url: string; pid: number; stop(): Promise<void> };
export type RedisUnavailable = { unavailable: string };

/** Starts the Redis of this machine in memory only, or tells why it cannot. A `port` of 0 takes any free one. */
export async function startRedis({ port = 0, program = 'redis-server' } = {}): Promise<RedisServer | RedisUnavailable> {
  let unavailable = '';
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const outcome = await startOn(program, port || (await freePort()));
    if ('url' in outcome) return outcome;
    unavailable = outcome.unavailable;
    // Only a port of our own choice may be changed, and somebody else may have taken it since we looked.
    if (port !== 0 || !unavailable.includes('port')) break;
  }
  return { unavailable };
}

async function startOn(program: string, port: number): Promise<RedisServer | RedisUnavailable> {
  const memoryOnly = ['--save', '', '--appendonly', 'no'];
  const child = spawn(program, ['--port', String(port), '--bind', '127.0.0.1', ...memoryOnly], {
    cwd: '/',
    // A group of its own: Ctrl-C in a terminal must not end it before those who use it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  guardChild(child, 'TERM');
  const unavailable = await untilReady(child);
  if (unavailable !== undefined) {
    await stop(child);
    return { unavailable: unavailable.includes('Address already in use') ? `port ${port} is taken` : unavailable };
  }
  return { url: `redis://127.0.0.1:${port}`, pid: child.pid ?? 0, stop: () => stop(child) };
}

/** Undefined once it accepts connections, else why it will not. */
function untilReady(child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve) => {
    let said = '';
    const timer = setTimeout(
      () => resolve(`redis-server was not ready after ${START_LIMIT_MS / 1000} s`),
      START_LIMIT_MS,
    );
    const settle = (outcome: string | undefined) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4_000);
      if (said.includes('Ready to accept connections')) settle(undefined);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('error', (error) => settle(isMissing(error) ? 'redis-server is not installed' : error.message));
    child.once('close', () => settle(`redis-server ended at once: ${said.trim().split('\n').slice(-3).join(' ')}`));
  });
}

function isMissing(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT';
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await ended;
  clearTimeout(kill);
}
