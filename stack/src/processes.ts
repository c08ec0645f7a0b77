import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { openProcessLog } from './process-log.ts';

export const root = resolve(import.meta.dirname, '../..');

/** A long error line is cut: it is for a person at a terminal, the log file has it whole. */
const TAIL_CHARS = 2_000;

/** graphql-js checks itself on every call unless it is told that it is in production; nothing of ours looks at NODE_ENV. */
const OURS = { NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: 'true' };

export type Service = {
  readonly name: string;
  readonly url: string;
  readonly pid: number | undefined;
  /** Settles when the process ends: how it ended, and the last of what it said. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; tail: string }>;
  /** SIGTERM, and SIGKILL when that has not ended it after `graceMs`. */
  stop(graceMs?: number): Promise<void>;
};

export type ServiceOptions = {
  name: string;
  entry: string;
  url: string;
  env: Readonly<Record<string, string>>;
  logDir: string;
  watch?: boolean;
  nodeOptions?: readonly string[];
};

/** Starts a part as a process of its own, with its output in `<logDir>/<name>.log`. */
export function startService({ name, entry, url, env, logDir, watch, nodeOptions = [] }: ServiceOptions): Service {
  const log = openProcessLog(join(logDir, `${name}.log`));
  const watching = watch ? ['--watch', '--watch-preserve-output'] : [];
  const child = spawn(process.execPath, [...nodeOptions, ...watching, entry], {
    cwd: root,
    env: { ...OURS, PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    // A group of its own: Ctrl-C reaches only the launcher, which then stops the parts in order. The channel tells
    // the part when the launcher is gone, however it went.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const tail = keepTail(child, log.write);
  const ended = (async () => {
    const [code, signal] = await exit(child);
    log.end();
    return { code, signal, tail: log.failure() || tail() };
  })();
  return { name, url, pid: child.pid, ended, stop: (graceMs = 15_000) => stopChild(child, graceMs) };
}

/** Resolves when `<url>/readyz` answers 200; rejects when the process ends first or time runs out. */
export async function whenReady(service: Service, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  let death: string | undefined;
  void service.ended.then(({ code, signal, tail }) => {
    death = `${service.name} ended (${signal ?? `exit code ${code}`}) before it was ready:\n${tail}`;
  });
  let last = 'no answer';
  while (death === undefined) {
    const answer = await fetch(`${service.url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    if (answer?.ok) return;
    if (answer) last = await answer.text();
    if (Date.now() > deadline) throw new Error(`${service.name} was not ready after ${timeoutMs / 1000} s: ${last}`);
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error(death);
}

async function exit(child: ChildProcess): Promise<[number | null, NodeJS.Signals | null]> {
  if (child.pid === undefined) await once(child, 'error');
  if (child.exitCode !== null || child.signalCode !== null) return [child.exitCode, child.signalCode];
  return new Promise((resolve) => child.once('exit', (code, signal) => resolve([code, signal])));
}

function keepTail(child: ChildProcess, write: (chunk: Buffer) => void): () => string {
  let tail = '';
  const keep = (chunk: Buffer) => {
    write(chunk);
    tail = (tail + chunk.toString('utf8')).slice(-TAIL_CHARS);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return () => tail.trim();
}

async function stopChild(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(kill);
}
