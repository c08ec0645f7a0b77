import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Pool } from 'pg';
import { backOffMs } from '../back-off.ts';
import { PARTITIONS } from '../log.ts';
import { createWake, type Wake } from '../wake.ts';
import { LEASE_MS, leave, type Place, release, renew, type Slot, slotName, take } from './leases.ts';

const BEAT_MS = 1_000;

/** A partition that this member reads. */
export type Held = Slot & {
  nextOffset: bigint;
  committed: bigint;
  busy: boolean;
  /** How often in a row its batch failed; it rests until `restsUntil` (by performance.now). */
  failures: number;
  restsUntil: number;
  /** To be given up, for a member that has less. */
  leaving: boolean;
  /** Aborted when it must not be read any more. */
  readonly ending: AbortController;
};

export type HoldingsOptions = {
  pool: Pool;
  group: string;
  member: string;
  topics: readonly string[];
  /** Woken when something is to be read or given up. */
  wake: Wake;
  /** Tells the group that something is to be taken, or that there is one more to share with. */
  tellGroup: () => void;
  logger: Logger;
};

/**
 * What one member of a group holds: its fair share of the partitions, by leases that it renews while it lives, whatever
 * its handlers do meanwhile. What is above the share is given up when its running batch is done and not before, so that
 * messages of one key are not handled in two places.
 */
export function createHoldings({ pool, group, member, topics, wake, tellGroup, logger }: HoldingsOptions) {
  const me = { group, member };
  // By partition first: a share of these has some of every topic.
  const slots = Array.from({ length: PARTITIONS }, (_, partition) =>
    topics.map((topic) => ({ topic, partition })),
  ).flat();
  const held = new Map<string, Held>();
  const beatNow = createWake();
  const stopping = new AbortController();
  let renewed = performance.now();

  const lose = (slot: Held) => {
    held.delete(slotName(slot));
    slot.ending.abort(new Error('the partition is now read by another member'));
  };

  const beat = async () => {
    const began = performance.now();
    const now = await renew(pool, me);
    renewed = began;
    for (const [name, slot] of held) if (!now.held.has(name)) lose(slot);
    const share = Math.ceil(slots.length / now.members);
    const staying = [...held.values()].filter(({ leaving }) => !leaving);
    if (staying.length > share) {
      for (const slot of staying.toSorted(byOrderOf(slots)).slice(share)) slot.leaving = true;
      wake.wake();
    }
    if (staying.length >= share) return;
    for (const place of await take(pool, me, slots, share - staying.length)) {
      if (!held.has(slotName(place))) held.set(slotName(place), newlyHeld(place));
    }
    wake.wake();
  };

  const run = async () => {
    for (let failures = 0; !stopping.signal.aborted; ) {
      try {
        await beat();
        failures = 0;
        await beatNow.sleep(BEAT_MS);
      } catch (error) {
        failures++;
        logger.warn({ err: error, group }, 'leases of the event log could not be renewed');
        if (performance.now() - renewed > LEASE_MS) for (const slot of held.values()) lose(slot);
        await sleep(backOffMs(failures, BEAT_MS), stopping.signal).catch(() => {});
      }
    }
  };
  const running = run();

  return {
    held,
    /** Somebody came or went: see at once what that means. */
    beatNow: () => beatNow.wake(),
    async giveUp(leavers: readonly Held[]): Promise<void> {
      await release(pool, me, leavers);
      for (const slot of leavers) held.delete(slotName(slot));
      tellGroup();
    },
    async stop(): Promise<void> {
      stopping.abort();
      beatNow.wake();
      await running;
      await leave(pool, me).catch((error: unknown) => logger.warn({ err: error, group }, 'could not leave the group'));
      tellGroup();
    },
  };
}

function newlyHeld(place: Place): Held {
  return {
    ...place,
    committed: place.nextOffset,
    busy: false,
    failures: 0,
    restsUntil: 0,
    leaving: false,
    ending: new AbortController(),
  };
}

function byOrderOf(slots: readonly Slot[]) {
  const places = new Map(slots.map((slot, place) => [slotName(slot), place]));
  return (a: Slot, b: Slot) => (places.get(slotName(a)) ?? 0) - (places.get(slotName(b)) ?? 0);
}
