import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { inheritedEnvironment } from './config.ts';
import { type DatabaseName, databaseVariable } from './names.ts';

const root = resolve(import.meta.dirname, '../../..');

/** Makes Prisma's CLI use the engine that npm brought instead of downloading one. */
export const SCHEMA_ENGINE = join(root, 'packages/database/bin/schema-engine');

/** The folder that holds a database's schema.prisma and migrations. */
export const prismaFolder = (name: DatabaseName) => join(root, 'prisma', name);

export type PrismaRun = { code: number; stdout: string; output: string };

/** Runs a command of the Prisma CLI for one database, offline. */
export async function runPrisma(name: DatabaseName, url: string, args: readonly string[]): Promise<PrismaRun> {
  const cli = join(root, 'node_modules/prisma/build/index.js');
  const child = spawn(process.execPath, [cli, ...args, '--config', join(prismaFolder(name), 'prisma.config.ts')], {
    cwd: root,
    env: {
      ...inheritedEnvironment(['PATH', 'HOME', 'TMPDIR', 'SystemRoot']),
      [databaseVariable(name)]: url,
      PRISMA_SCHEMA_ENGINE_BINARY: SCHEMA_ENGINE,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
      NO_COLOR: '1',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard: { from: 'stdout' | 'stderr'; text: string }[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => heard.push({ from: 'stdout', text }));
  child.stderr.setEncoding('utf8').on('data', (text: string) => heard.push({ from: 'stderr', text }));
  const code = await new Promise<number>((done, fail) => {
    child.once('close', (status) => done(status ?? 1));
    child.once('error', fail);
  });
  const text = (chunks: typeof heard) => chunks.map((chunk) => chunk.text).join('');
  return { code, stdout: text(heard.filter(({ from }) => from === 'stdout')), output: text(heard) };
}

/** What a person needs of the CLI's output when it failed: its last words, without its decoration. */
export function lastWords({ output }: PrismaRun): string {
  const lines = output.split('\n').map((line) => line.trim());
  const telling = lines.filter(
    (line) => line !== '' && !/^(Loaded Prisma config|Prisma schema loaded|Datasource )/.test(line),
  );
  return telling.slice(-12).join('\n');
}
