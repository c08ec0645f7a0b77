import type { Logger } from '@entrepot/telemetry/logger';

/** What to stop, how, and how long to wait for it. */
export type ShutdownStep = readonly [name: string, stop: () => Promise<unknown>, limitMs?: number];

/** A step that takes longer is left behind, so that one dead connection cannot keep the process. */
const STEP_LIMIT_MS = 15_000;
/** npm sends on to its script what the terminal has sent to both. */
const ECHO_MS = 300;
/** What all steps together may take beyond their limits; a process that was told to stop must not stay, whatever failed. */
const LAST_RESORT_MS = 5_000;

/**
 * On SIGTERM or SIGINT, or when the launcher that started this process is gone, runs the steps in their order and exits
 * with 0. The same signal again, some time later, exits with 1 at once.
 */
export function onShutdown(logger: Logger, steps: readonly ShutdownStep[]): void {
  const seen = new Map<string, number>();
  const stop = async (why: string) => {
    // Ctrl-C reaches the whole process group, and the launcher then sends SIGTERM and closes its channel: that is one
    // wish to stop, told in three ways. Only the same one told twice is impatience.
    const before = seen.get(why);
    if (before !== undefined && performance.now() - before > ECHO_MS) process.exit(1);
    const isFirst = seen.size === 0;
    if (before === undefined) seen.set(why, performance.now());
    if (!isFirst) return;
    logger.info({ why }, 'stopping');
    setTimeout(() => process.exit(1), LAST_RESORT_MS + limitOf(steps)).unref();
    for (const step of steps) await run(step, logger);
    logger.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  // The channel that `npm start` opens to its parts; it closes however the launcher ends.
  process.on('disconnect', () => void stop('the launcher is gone'));
}

const limitOf = (steps: readonly ShutdownStep[]) =>
  steps.reduce((sum, [, , limitMs = STEP_LIMIT_MS]) => sum + limitMs, 0);

async function run([name, stop, limitMs = STEP_LIMIT_MS]: ShutdownStep, logger: Logger): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([stop(), late]);
  } catch (error) {
    // What comes after this step must be stopped all the same.
    logger.error({ err: error, step: name }, 'a step of the shutdown failed');
  } finally {
    clearTimeout(timer);
  }
}

/** Runs a process's `main`; what it throws ends the process with exit code 1 and one clear message, no stack. */
export async function runMain(name: string, main: () => Promise<void>): Promise<void> {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${name} cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}
