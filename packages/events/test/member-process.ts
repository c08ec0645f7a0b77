import { createLogger } from '@entrepot/telemetry/logger';
import { openEventLog } from '../src/open-event-log.ts';

/** A member of a group that begins to handle its first batch, says so, and never comes to an end with it. */
const { config, group, topic } = JSON.parse(process.argv[2] ?? '{}');
const log = await openEventLog(config, 'member', createLogger({ service: 'member', level: 'silent' }));
await log.subscribe({
  group,
  topics: [topic],
  from: 'beginning',
  async onBatch() {
    process.stdout.write('handling\n');
    await new Promise(() => {});
  },
});
