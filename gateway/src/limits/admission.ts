import { Fault } from '@entrepot/kernel/fault';
import { createAdaptiveLimit } from './adaptive-limit.ts';
import { createLane, type Entered, type Release } from './lane.ts';
import type { Load } from './watch-lag.ts';

/** In the order in which less is let in when there is too much: background first, checkout last. */
export const PRIORITIES = ['checkout', 'browse', 'background'] as const;
export type Priority = (typeof PRIORITIES)[number];

export type AdmissionOptions = {
  /** That may run at once, of checkout and of everything else each. */
  maxRunning: number;
  /** That may wait for their turn, of each as well. */
  maxWaiting: number;
  /** How long a wait is accepted in a burst. */
  maxWaitMs: number;
  onRefused: (priority: Priority) => void;
  now?: () => number;
};

export type Admission = {
  /** Waits for a turn. `kind`: what takes about as long as others of its kind. @throws Fault OVERLOADED */
  admit(priority: Priority, kind: string): Promise<Release>;
  /** Whether browsing is refused, and the process so busy that it pays to refuse more without a look at what it is. */
  isOverwhelmed(): boolean;
  /** Refuses what will be refused anyway. @throws Fault OVERLOADED */
  refuse(priority: Priority): never;
  state(lane: 'checkout' | 'browse'): { limit: number; running: number; waiting: number };
  /** Looks at how things go; called about ten times a second. */
  tick(load: Load): void;
  /** Refuses all who wait, when the gateway ends. */
  close(): void;
};

/** Made once: a refusal has to cost as little as can be. */
export const OVERLOADED = new Fault('OVERLOADED', 'too much is asked at the moment: try again', { retryAfterS: 1 });
const LEAST_RUNNING = 50;
const LEAST_WHEN_BUSY = 2;
const FIRST_RUNNING = 100;
const LATE_MS = 100;
/** A turn of the event loop is about twice as long. */
const LATE_WHEN_BUSY_MS = 1;
const VERY_LATE_MS = 400;
/** The part of the time in which the event loop works. */
const BUSY = 0.95;
/** In a lasting overload: a fifth of what is accepted in a burst. Whoever waits is in the way of all others when memory is collected. */
const LASTING_SHARE = 0.2;

/**
 * Decides who may be worked for when there is more work than can be done in time. Browsing is held to what answers come quickly
 * with; checkout, which waits for payments by design, only to what the process itself can carry, and takes its turns beside it.
 */
export function createAdmission(options: AdmissionOptions): Admission {
  const { maxRunning, maxWaiting, maxWaitMs, onRefused, now = () => performance.now() } = options;
  const least = Math.min(LEAST_RUNNING, maxRunning);
  const laneOptions = {
    maxWaiting,
    roomFor: least,
    burstWaitMs: maxWaitMs,
    lastingWaitMs: maxWaitMs * LASTING_SHARE,
    now,
  };
  const browse = createLane({
    ...laneOptions,
    shareOfKind: 0.5,
    limit: createAdaptiveLimit({
      least,
      leastWhenBusy: Math.min(LEAST_WHEN_BUSY, maxRunning),
      most: maxRunning,
      first: FIRST_RUNNING,
      maxLagMs: LATE_MS,
      maxLagWhenBusyMs: LATE_WHEN_BUSY_MS,
    }),
  });
  const checkout = createLane({
    ...laneOptions,
    shareOfKind: 1,
    limit: {
      ...createAdaptiveLimit({
        least,
        leastWhenBusy: least,
        most: maxRunning,
        first: maxRunning,
        maxLagMs: VERY_LATE_MS,
        maxLagWhenBusyMs: VERY_LATE_MS,
      }),
      // How long a payment takes says nothing of how much we can do.
      sample: () => {},
    },
  });
  let lag = 0;
  let utilization = 0;
  const isBusy = () => utilization > BUSY;

  const enter = (priority: Priority, kind: string): Entered => {
    if (priority === 'checkout') return checkout.enter(kind);
    return priority === 'background' ? browse.enterBehind(kind) : browse.enter(kind);
  };

  const refuse = (priority: Priority): never => {
    onRefused(priority);
    throw OVERLOADED;
  };

  return {
    async admit(priority, kind) {
      const entered = enter(priority, kind);
      return (entered instanceof Promise ? await entered : entered) ?? refuse(priority);
    },
    isOverwhelmed: () => isBusy() && browse.isFull(),
    refuse,
    state: (lane) => (lane === 'browse' ? browse : checkout).state(),
    tick(load) {
      // Once late is chance, twice is load.
      lag += (load.lagMs - lag) * 0.5;
      utilization += (load.utilization - utilization) * 0.5;
      // At once: with each operation more in hand, more of what it needs is in the way when memory is collected.
      const now = { lagMs: lag, isBusy: load.utilization > BUSY };
      browse.tick(now);
      checkout.tick(now);
    },
    close() {
      browse.clear();
      checkout.clear();
    },
  };
}
