import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { explainFileError, explainPostgres } from './postgres-words.ts';
import { commandLineOf, runToEnd } from './programs.ts';
import type { Owner } from './unprivileged.ts';

export const USER = 'entrepot';

/** Longer than a server takes to end that lost its launcher a moment ago. */
const LEFTOVER_LIMIT_MS = 15_000;

export type DataFolder = { dataDir: string; owner: Owner | undefined };

/** Makes the data folder if there is none, and returns the password of its superuser, which is kept beside it. */
export async function openDataFolder(folder: DataFolder, initdb: string, isThrowaway: boolean): Promise<string> {
  const { dataDir } = folder;
  const passwordFile = `${dataDir}.password`;
  if (!existsSync(dataDir)) return await createDataFolder(folder, passwordFile, initdb, isThrowaway);
  const password = await readFile(passwordFile, 'utf8').catch((error: unknown) => {
    // Never deleted by us: it may be anything, and it may be somebody's only copy.
    const remedy = 'put it back, set DATA_DIR to another folder, or delete the folder to start with empty databases';
    throw new Error(`cannot read ${passwordFile}, the password of the data folder ${dataDir}: ${remedy}`, {
      cause: error,
    });
  });
  await releaseLock(dataDir);
  return password.trim();
}

/** Builds the folder under another name, so that under its own it is whole or not there, whenever we are interrupted. */
async function createDataFolder(
  { dataDir, owner }: DataFolder,
  passwordFile: string,
  initdb: string,
  isThrowaway: boolean,
): Promise<string> {
  const password = randomBytes(18).toString('base64url');
  const unfinished = `${dataDir}.unfinished`;
  try {
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(dirname(dataDir), { recursive: true });
    await mkdir(unfinished, { mode: 0o700 });
    await writeFile(passwordFile, `${password}\n`, { mode: 0o600 });
    if (owner) await chown(unfinished, owner.uid, owner.gid);
  } catch (error) {
    throw new Error(`cannot make the data folder ${dataDir}: ${explainFileError(error)}`, { cause: error });
  }
  const access = ['--auth=scram-sha-256', `--username=${USER}`, `--pwfile=${passwordFile}`];
  const locale = ['--encoding=UTF8', '--locale=C.UTF-8'];
  const options = [...access, ...locale, ...(isThrowaway ? ['--no-sync'] : []), '--no-instructions'];
  const { code, said } = await runToEnd(owner, initdb, ['-D', unfinished, ...options]);
  if (code === 0) {
    await rename(unfinished, dataDir);
    return password;
  }
  await rm(unfinished, { recursive: true, force: true });
  throw new Error(`PostgreSQL cannot make its data folder ${dataDir}: ${explainPostgres(said)}`);
}

/**
 * Deals with the postmaster.pid that a crash left. PostgreSQL takes it for a running server when its number has gone to any other
 * process since, which after a reboot is likely.
 */
async function releaseLock(dataDir: string): Promise<void> {
  const lock = join(dataDir, 'postmaster.pid');
  for (const began = Date.now(); ; await sleep(50)) {
    const pid = await pidIn(lock);
    if (pid === undefined) return;
    const command = await commandLineOf(pid);
    if (!command?.includes('postgres') || !command.includes(dataDir)) return await rm(lock, { force: true });
    // A server whose launcher was killed is ended by its guard; it may be about to.
    if (Date.now() - began > LEFTOVER_LIMIT_MS)
      throw new Error(
        `the data folder ${dataDir} is in use by a running PostgreSQL (process ${pid}): stop what started it, or set DATA_DIR to another folder`,
      );
  }
}

async function pidIn(lock: string): Promise<number | undefined> {
  const text = await readFile(lock, 'utf8').catch(() => undefined);
  const pid = Number(text?.split('\n')[0]);
  return Number.isInteger(pid) && pid > 1 ? pid : undefined;
}
