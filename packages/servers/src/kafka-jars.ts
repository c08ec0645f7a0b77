import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const POM = fileURLToPath(new URL('../pom.xml', import.meta.url));
const CACHE = fileURLToPath(new URL('../../../.cache/kafka', import.meta.url));
/** Kafka 4 needs it. */
const LEAST_JAVA = 17;
const DOWNLOAD_LIMIT_MS = 300_000;

/** The folder with Kafka's jars, fetched by Maven the first time; or why there is none. */
export async function kafkaJars(): Promise<{ jars: string } | { unavailable: string }> {
  const java = await javaVersion();
  if (java === undefined) return { unavailable: 'java is not installed' };
  if (java < LEAST_JAVA) return { unavailable: `Java ${java} is too old: Kafka needs ${LEAST_JAVA}` };
  const pom = await readFile(POM);
  const jars = join(CACHE, `jars-${createHash('sha256').update(pom).digest('hex').slice(0, 12)}`);
  if (existsSync(jars)) return { jars };
  return fetchInto(jars);
}

async function javaVersion(): Promise<number | undefined> {
  const said = await run('java', ['-version']).catch(() => undefined);
  const version = said && /version "(?:1\.)?(\d+)/.exec(said.stderr)?.[1];
  return version === undefined ? undefined : Number(version);
}

async function fetchInto(jars: string): Promise<{ jars: string } | { unavailable: string }> {
  await mkdir(CACHE, { recursive: true });
  const work = await mkdtemp(join(CACHE, 'fetching-'));
  const fetched = join(work, 'jars');
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${fetched}`];
  try {
    // A repository of its own, thrown away after: nothing outside of this checkout is written.
    await run('mvn', ['-B', '-q', '-f', POM, ...goal, `-Dmaven.repo.local=${join(work, 'repository')}`], {
      timeout: DOWNLOAD_LIMIT_MS,
    });
    // In one step, so that the folder is never there in part; another process may have been faster.
    await rename(fetched, jars).catch((error: unknown) => {
      if (!existsSync(jars)) throw error;
    });
    return { jars };
  } catch (error) {
    return { unavailable: `Maven could not fetch Kafka: ${firstLine(error)}` };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function firstLine(error: unknown): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 'mvn is not installed';
  const said = error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
  return said.split('\n').find((line) => line.includes('ERROR')) ?? String(error);
}
