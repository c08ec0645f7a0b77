import { randomUUID } from 'node:crypto';
import { sleep } from '@entrepot/kernel/retry';
import { DEAD_LETTERS } from '../contract.ts';
import type { EventLog, LogMessage } from '../log.ts';
import { type DeadLetter, unsettled } from './dead-letter.ts';

/** All dead letters that nobody has dealt with yet, oldest first. */
export async function readDeadLetters(log: EventLog): Promise<DeadLetter[]> {
  const messages: LogMessage[] = [];
  const group = `dead-letters-${randomUUID()}`;
  const subscription = await log.subscribe({
    group,
    topics: [DEAD_LETTERS],
    from: 'beginning',
    isTemporary: true,
    onBatch: async (batch) => void messages.push(...batch),
  });
  try {
    for (;;) {
      const lags = await log.lag(group, [DEAD_LETTERS]);
      if (lags.every(({ lag }) => lag === 0)) return unsettled(messages);
      await sleep(50);
    }
  } finally {
    await subscription.stop();
  }
}
