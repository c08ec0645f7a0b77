import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, onTestFinished } from 'vitest';

const root = resolve(import.meta.dirname, '../..');

/** The gateway as a process of its own, killed when the test ends. */
export function startProcess(args: readonly string[], env: Record<string, string> = {}, by: 'node' | 'npm' = 'node') {
  const [command, first] = by === 'node' ? [process.execPath, ['gateway/src/main.ts']] : ['npm', []];
  const child = spawn(command, [...first, ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (said.out += chunk));
  child.stderr.on('data', (chunk) => (said.err += chunk));
  const listening = async (): Promise<string> => {
    const url = () => /"url":"(http:[^"]+)"/.exec(said.out)?.[1];
    await expect.poll(url, { timeout: 30_000 }).toBeDefined();
    return url() ?? '';
  };
  return { child, said, listening, ended: once(child, 'exit') };
}

/** A file that is there as long as the test. */
export async function writeSupergraph(sdl: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-gateway-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'supergraph.graphql');
  await writeFile(file, sdl);
  return file;
}
