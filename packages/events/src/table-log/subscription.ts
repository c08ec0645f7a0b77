import { randomUUID } from 'node:crypto';
import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Pool } from 'pg';
import { backOffMs } from '../back-off.ts';
import { DEFAULT_MAX_BATCH, type LogMessage, type SubscribeOptions } from '../log.ts';
import type { Wake } from '../wake.ts';
import { createHoldings, type Held } from './holdings.ts';
import { slotName } from './leases.ts';
import { commitAndRead, forgetGroup, joinGroup } from './reading.ts';

/** How often to look without having been notified: notifications are lost while the listening connection is. */
const POLL_MS = 500;

type Deps = { pool: Pool; wake: Wake; tellGroup: () => void; logger: Logger };
export type TableSubscription = { stop(): Promise<void>; beatNow(): void };

/** Reads what a group has not handled yet from the partitions this member holds, for as long as it is not stopped. */
export async function subscribe(deps: Deps, options: SubscribeOptions): Promise<TableSubscription> {
  const { pool, wake, tellGroup, logger } = deps;
  const { group, topics, maxBatch = DEFAULT_MAX_BATCH } = options;
  await joinGroup(pool, options);

  const member = randomUUID();
  const holdings = createHoldings({ pool, group, member, topics, wake, tellGroup, logger });
  tellGroup();
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();

  const handle = async (slot: Held, messages: readonly LogMessage[]) => {
    slot.busy = true;
    await handleBatch(slot, messages, options, logger);
    slot.busy = false;
    wake.wake();
  };

  /** Keeps what was done, gives up what is to be given up, and begins what has come. */
  const turn = async () => {
    const all = [...holdings.held.values()];
    const done = all.filter(({ nextOffset, committed }) => nextOffset !== committed).map((slot) => ({ ...slot, slot }));
    const now = performance.now();
    const free = stopping.signal.aborted
      ? []
      : all.filter(({ busy, leaving, restsUntil }) => !busy && !leaving && restsUntil <= now);
    if (done.length > 0 || free.length > 0) {
      const messages = await commitAndRead(pool, { group, member, done, from: free, maxBatch });
      for (const { slot, nextOffset } of done) slot.committed = nextOffset;
      for (const [name, batch] of Map.groupBy(messages, slotName)) {
        const slot = holdings.held.get(name);
        if (!slot || slot.ending.signal.aborted) continue;
        const handling = handle(slot, batch).finally(() => running.delete(handling));
        running.add(handling);
      }
    }
    const leavers = all.filter((slot) => slot.leaving && !slot.busy && slot.nextOffset === slot.committed);
    if (leavers.length > 0) await holdings.giveUp(leavers);
  };

  const run = async () => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        await turn();
        failures = 0;
        await wake.sleep(untilNextLook(holdings.held.values()));
      } catch (error) {
        failures++;
        logger.warn({ err: error, group }, 'the event log cannot be read; trying again');
        await sleep(backOffMs(failures), stopping.signal).catch(() => {});
      }
    }
  };
  const reading = run();

  return {
    beatNow: holdings.beatNow,
    async stop() {
      stopping.abort();
      for (const { ending } of holdings.held.values()) ending.abort(new Error('the subscription is stopping'));
      wake.wake();
      await reading;
      await Promise.all(running);
      await turn().catch((error: unknown) => logger.warn({ err: error, group }, 'some events will come again'));
      await holdings.stop();
      if (options.isTemporary)
        await forgetGroup(pool, group).catch((error: unknown) =>
          logger.warn({ err: error, group }, 'a temporary group is left to retention'),
        );
    },
  };
}

async function handleBatch(
  slot: Held,
  messages: readonly LogMessage[],
  { group, onBatch }: SubscribeOptions,
  logger: Logger,
): Promise<void> {
  const { signal } = slot.ending;
  const progress = async (count: number) => {
    const last = messages[count - 1];
    if (!last) return;
    slot.nextOffset = BigInt(last.offset) + 1n;
    slot.failures = 0;
  };
  try {
    await onBatch(messages, { signal, progress });
    await progress(messages.length);
  } catch (error) {
    if (signal.aborted) return;
    slot.failures++;
    slot.restsUntil = performance.now() + backOffMs(slot.failures);
    const { topic, partition } = slot;
    logger.warn({ err: error, group, topic, partition }, 'events could not be handled and will come again');
  }
}

function untilNextLook(held: Iterable<Held>): number {
  const now = performance.now();
  let earliest = now + POLL_MS;
  for (const { busy, restsUntil } of held)
    if (!busy && restsUntil > now && restsUntil < earliest) earliest = restsUntil;
  return Math.ceil(earliest - now);
}
