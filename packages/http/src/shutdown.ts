import type { Logger } from '@entrepot/telemetry/logger';

export type ShutdownStep = readonly [name: string, stop: () => Promise<unknown>];

/** A step that takes longer is left behind, so that one dead connection cannot keep the process. */
const STEP_LIMIT_MS = 15_000;

/**
 * On SIGTERM or SIGINT, or when the launcher that started this process is gone, runs the steps in their order and exits
 * with 0. A second signal exits with 1 at once.
 */
export function onShutdown(logger: Logger, steps: readonly ShutdownStep[]): void {
  let stopping = false;
  const stop = async (why: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    logger.info({ why }, 'stopping');
    for (const [name, step] of steps) {
      await withLimit(step()).catch((error: unknown) =>
        logger.error({ err: error, step: name }, 'a step of the shutdown failed'),
      );
    }
    logger.info('stopped');
    process.exit(0);
  };
  process.on('SIGTERM', () => void stop('SIGTERM'));
  process.on('SIGINT', () => void stop('SIGINT'));
  // The channel that `npm start` opens to its parts; it closes however the launcher ends.
  process.on('disconnect', () => void stop('the launcher is gone'));
}

async function withLimit(step: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done after ${STEP_LIMIT_MS} ms`)), STEP_LIMIT_MS);
  });
  await Promise.race([step, limit]);
  clearTimeout(timer);
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
