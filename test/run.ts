import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { guardChild } from '@entrepot/database/guard-child';
import { asEnvironment, givenServers } from '@entrepot/testing/config';
import { startTestServers } from '@entrepot/testing/test-servers';
import { closingLine, type Report, type Summary, summarize } from '@entrepot/testing/test-summary';

/**
 * `npm test`: starts the real servers that tests need, runs Vitest over all projects, stops the servers, and ends with one
 * line that counts. Arguments go to Vitest: `npm test -- --project unit`, `npm test -- subgraphs/orders`.
 */
const root = resolve(import.meta.dirname, '..');
const INTERRUPTED = 130;

const args = process.argv.slice(2);
const interruption = new AbortController();
// Only once: a second signal ends us at once, and what we started with us.
process.once('SIGINT', () => interruption.abort());
process.once('SIGTERM', () => interruption.abort());

async function main(): Promise<number> {
  const summary = await runTests();
  if (summary === undefined) return INTERRUPTED;
  for (const note of summary.notes) console.log(note);
  console.log(closingLine(summary));
  return summary.failed === 0 ? 0 : 1;
}

/** Undefined when interrupted. */
async function runTests(): Promise<Summary | undefined> {
  const { servers, stop } = needsServers(args) ? await startTestServers(givenServers()) : noServers;
  const folder = await mkdtemp(join(tmpdir(), 'entrepot-test-'));
  try {
    if (interruption.signal.aborted) return undefined;
    const reportFile = join(folder, 'report.json');
    const exitCode = await runVitest(reportFile, servers ? asEnvironment(servers) : {});
    if (interruption.signal.aborted) return undefined;
    return await readSummary(reportFile, exitCode);
  } finally {
    await rm(folder, { recursive: true, force: true });
    await stop();
  }
}

const noServers = { servers: undefined, stop: async () => {} };

/** Everything but the unit tests runs on servers; which tests `--project` leaves is known before Vitest starts. */
function needsServers(given: readonly string[]): boolean {
  const projects = given.flatMap((arg, index) => {
    if (arg === '--project') return [given[index + 1] ?? ''];
    return arg.startsWith('--project=') ? [arg.slice('--project='.length)] : [];
  });
  return projects.length === 0 || projects.some((project) => project !== 'unit');
}

/** Runs Vitest as a process of its own group, so that Ctrl-C comes to us alone and everything ends in order. */
async function runVitest(reportFile: string, env: Record<string, string>): Promise<number> {
  const reporters = args.some((arg) => arg.startsWith('--reporter')) ? [] : ['--reporter=minimal'];
  const report = ['--reporter=json', `--outputFile.json=${reportFile}`];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...report, ...args], {
    cwd: root,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  guardChild(child, 'TERM');
  const cancel = () => child.kill('SIGINT');
  interruption.signal.addEventListener('abort', cancel);
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

async function readSummary(reportFile: string, exitCode: number): Promise<Summary> {
  const text = await readFile(reportFile, 'utf8').catch(() => undefined);
  const report: Report = text === undefined ? { testResults: [] } : JSON.parse(text);
  const isFiltered = args.some((arg) => arg === '-t' || arg.startsWith('--testNamePattern'));
  const summary = summarize(report, { isCi: process.env.CI === 'true', isFiltered });
  // Vitest can fail although no test has: nothing found, an error outside of all tests, a set-up that threw.
  if (exitCode !== 0 && summary.failed === 0) return { ...summary, failed: 1 };
  return summary;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  console.log('0 passed, 1 failed');
  return 1;
});
