import type { AdaptiveLimit, LoadNow } from './adaptive-limit.ts';
import { createFairQueue, type FairQueue } from './fair-queue.ts';

/** Ends a turn. What failed sooner than usual does not show how quick things are. */
export type Release = (outcome: 'done' | 'failed') => void;

/** Most begin at once, and need no promise. */
export type Entered = Release | undefined | Promise<Release | undefined>;

export type LaneOptions = {
  limit: AdaptiveLimit;
  maxWaiting: number;
  /** So many may be here in any case, whatever they have to wait. */
  roomFor: number;
  /** How long a wait is accepted when it comes of a burst; when it goes on and on, only the lesser one is. */
  burstWaitMs: number;
  lastingWaitMs: number;
  /** The part of the limit that work of one kind may take; what one slow service holds up must not hold up all else. */
  shareOfKind: number;
  now: () => number;
};

export type Lane = {
  /** Begins a turn, or waits for it; undefined, mostly at once, when that would take too long. */
  enter(kind: string): Entered;
  /** The same for what is less urgent: it has half of the room, and none while others wait. */
  enterBehind(kind: string): Entered;
  /** Whether whoever has to wait is refused. */
  isFull(): boolean;
  state(): { limit: number; running: number; waiting: number };
  tick(load: LoadNow): void;
  /** Refuses all who wait. */
  clear(): void;
};

/** For so long a wait must have been too long, at its shortest, to be taken for lasting (the idea of CoDel). */
const LASTING_MS = 1_000;
/** A lasting overload is over when hardly anybody waits any more, and not when the line is short for a moment. */
const CALM_PART = 0.1;
/** Of the rate at which turns end: how much of it the last tick is. */
const WEIGHT = 0.3;

/** Lets as many run at once as the limit says, and others wait for as long as makes sense. */
export function createLane(options: LaneOptions): Lane {
  const { limit, maxWaiting, roomFor, burstWaitMs, lastingWaitMs, shareOfKind, now } = options;
  const queue = createFairQueue();
  const behind = createFairQueue();
  const runningOf = new Map<string, { turns: number }>();
  let running = 0;
  /** Turns that ended since the last tick, and a millisecond, while somebody waited. */
  let ended = 0;
  let rate: number | undefined;
  let tickedAt = now();
  /** The last moment at which nobody had to wait for long. */
  let calmAt = now();
  /** How late the event loop is: so long everybody has waited before we saw them, and waits again for each step. */
  let lag = 0;

  const mayRun = (kind: string) => {
    const most = limit.value();
    return running < most && (runningOf.get(kind)?.turns ?? 0) < Math.max(1, most * shareOfKind);
  };

  const begin = (kind: string): Release => {
    running++;
    const same = runningOf.get(kind) ?? { turns: 0 };
    if (same.turns++ === 0) runningOf.set(kind, same);
    const beganAt = now();
    let hasEnded = false;
    return (outcome) => {
      if (hasEnded) return;
      hasEnded = true;
      running--;
      ended++;
      if (--same.turns === 0) runningOf.delete(kind);
      if (outcome === 'done') {
        const at = now();
        limit.sample(kind, at - beganAt, at);
      }
      startNext();
    };
  };

  const mayRunBehind = (kind: string) =>
    queue.length() === 0 && running < Math.max(1, limit.value() / 2) && mayRun(kind);

  const startNext = () => {
    if (queue.length() + behind.length() === 0) return;
    for (let next = queue.next(mayRun); next; next = queue.next(mayRun)) next.start();
    for (let next = behind.next(mayRunBehind); next; next = behind.next(mayRunBehind)) next.start();
  };

  const wait = (line: FairQueue, kind: string) =>
    new Promise<Release | undefined>((resolve) => {
      line.add({ kind, since: now(), start: () => resolve(begin(kind)), refuse: () => resolve(undefined) });
    });

  const isLasting = () => queue.length() > 0 && now() - calmAt > LASTING_MS;
  const expectedWaitMs = () => (rate === undefined ? 0 : queue.length() / Math.max(rate, 1e-6));

  const isTooLong = () =>
    queue.length() >= maxWaiting ||
    (running + queue.length() >= roomFor && lag + expectedWaitMs() > (isLasting() ? lastingWaitMs : burstWaitMs));

  return {
    enter(kind) {
      if (queue.length() === 0) calmAt = now();
      if (mayRun(kind)) return begin(kind);
      limit.wasReached();
      return isTooLong() ? undefined : wait(queue, kind);
    },
    enterBehind(kind) {
      if (mayRunBehind(kind)) return begin(kind);
      return queue.length() > 0 || behind.length() >= maxWaiting ? undefined : wait(behind, kind);
    },
    isFull: isTooLong,
    state: () => ({ limit: limit.value(), running, waiting: queue.length() + behind.length() }),
    tick(load) {
      const at = now();
      if (queue.length() > 0 && at > tickedAt) {
        const latest = ended / (at - tickedAt);
        rate = rate === undefined ? latest : rate + (latest - rate) * WEIGHT;
      }
      ended = 0;
      tickedAt = at;
      lag = load.lagMs;
      // Not by how long somebody waited: of several kinds one may have no line although the others have long ones.
      if (expectedWaitMs() < lastingWaitMs * CALM_PART) calmAt = at;
      // The estimate was wrong, or nothing moves at all.
      for (const { refuse } of [...queue.before(at - burstWaitMs), ...behind.before(at - burstWaitMs)]) refuse();
      limit.adapt(at, load);
      startNext();
    },
    clear() {
      for (const line of [queue, behind]) for (const { refuse } of line.before(Number.POSITIVE_INFINITY)) refuse();
    },
  };
}
