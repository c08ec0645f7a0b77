import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '@entrepot/stack/config';
import { startStack } from '@entrepot/stack/stack';
import { readOptions } from './options.ts';
import { type Replay, report } from './report.ts';
import { replayInto } from './run.ts';
import type { Progress } from './send-invoices.ts';

/** Starts a shop of its own on free ports, replays into it, reports, and leaves nothing behind. */
async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const dataDir = await mkdtemp(join(tmpdir(), 'entrepot-replay-'));
  const free = { PORT: '0', USERS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0', POSTGRES_PORT: '0' };
  const config = loadConfig({ ...process.env, ...free, DATA_DIR: dataDir, LOG_LEVEL: 'warn' });
  const step = (line: string) => process.stderr.write(`${line}\n`);
  step('starting an empty shop');
  const stack = await startStack({ config, emptyCatalogue: true });
  try {
    const replay = await replayInto(stack, options, { step, progress: progressBar() });
    console.log(report(replay));
    return exitCode(replay);
  } finally {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

/** 0 only when every promise was kept and every request answered. */
function exitCode({ findings, replayed }: Replay): number {
  const isBroken = findings.some(({ found }) => found.length > 0);
  return isBroken || replayed.failures.total() > 0 || replayed.resent.different > 0 ? 1 : 0;
}

/** On a terminal one line that changes; in a log a line every ten percent. */
function progressBar(): Progress {
  let told = -1;
  return (done, all, { placed, refused }) => {
    const percent = Math.floor((100 * done) / all);
    const line = `${String(percent).padStart(3)} %  ${done} of ${all} invoices, ${placed.length} orders placed, ${refused.total()} refused`;
    if (process.stderr.isTTY) process.stderr.write(`\r${line}${done === all ? '\n' : ''}`);
    else if (percent >= told + 10 || done === all) {
      told = percent;
      process.stderr.write(`${line}\n`);
    }
  };
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : String(error));
  return 2;
});
