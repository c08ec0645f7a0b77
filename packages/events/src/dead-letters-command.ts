import { createLogger } from '@entrepot/telemetry/logger';
import { runCommand } from './dead-letters/command.ts';
import { loadConfig } from './dead-letters/config.ts';
import { openEventLog } from './open-event-log.ts';

try {
  const logger = createLogger({ service: 'dead-letters', level: 'error' });
  const log = await openEventLog(loadConfig(), 'dead-letters', logger);
  try {
    process.exitCode = await runCommand(process.argv.slice(2), log, (line) => process.stdout.write(`${line}\n`));
  } finally {
    await log.close();
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
