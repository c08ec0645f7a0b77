import type { Tuning } from './tuning.ts';

export type ReplicaHealth = {
  /** Neither ejected, nor only spared because too many others are, nor at rest. */
  isWell(): boolean;
  isEjected(): boolean;
  /** The part of the requests that would be its own which it is to get: less after a return, and less the more of them fail. */
  share(): number;
  /** It has asked to be left alone for so long. */
  rest(ms: number): void;
  /** How much of that is left. */
  restMs(): number;
  succeeded(): void;
  /** `isCertain`: nobody listens there. */
  failed(isCertain: boolean): void;
  /** It has said nothing for long: it is asked whether it lives, and ejected if it says nothing to that either. */
  suspect(): void;
  close(): void;
};

export type ReplicaHealthOptions = {
  tuning: Pick<Tuning, 'failuresToEject' | 'ejectMs' | 'maxEjectMs' | 'probeEveryMs' | 'slowStartMs' | 'maxRestMs'>;
  /** Whether it came to others that were there before. */
  isNew?: boolean;
  mayEject: () => boolean;
  now?: () => number;
  /** Asks the replica whether it lives. Never rejects. */
  probe: () => Promise<boolean>;
  onEject: () => void;
  onReturn: () => void;
};

/** Of its share; so that what becomes of it is seen. */
const LEAST = 0.1;
/** How much one request tells of how many fail. */
const WEIGHT = 0.05;

/** Ejects a replica that fails again and again, and lets it return when its time is over and it answers. */
export function createReplicaHealth(options: ReplicaHealthOptions): ReplicaHealth {
  const { tuning, mayEject, probe, onEject, onReturn, isNew = false, now = () => performance.now() } = options;
  /** 0 once it is. */
  let warmAt = isNew ? now() + tuning.slowStartMs : 0;
  let restsUntil = 0;
  /** The part of its last requests that succeeded. */
  let reliability = 1;
  let failures = 0;
  /** In a row: a replica that comes back and fails again stays out longer. */
  let ejections = 0;
  let returnedAt = 0;
  let isEjected = false;
  let isProbing = false;
  let isClosed = false;
  let timer: NodeJS.Timeout | undefined;

  const eject = () => {
    if (isEjected || isClosed || !mayEject()) return;
    isEjected = true;
    ejections++;
    timer = setTimeout(returnIfWell, Math.min(tuning.maxEjectMs, tuning.ejectMs * ejections)).unref();
    onEject();
  };

  const returnIfWell = async () => {
    const isWell = await probe();
    if (isClosed) return;
    if (isWell) {
      isEjected = false;
      returnedAt = now();
      warmAt = returnedAt + tuning.slowStartMs;
      // One more failure is enough now.
      failures = tuning.failuresToEject - 1;
      onReturn();
    } else {
      timer = setTimeout(returnIfWell, tuning.probeEveryMs).unref();
    }
  };

  const warmth = () => {
    if (warmAt === 0) return 1;
    const left = warmAt - now();
    if (left <= 0) warmAt = 0;
    return 1 - Math.max(0, left) / tuning.slowStartMs;
  };

  const restMs = () => {
    if (restsUntil === 0) return 0;
    const left = restsUntil - now();
    if (left <= 0) restsUntil = 0;
    return Math.max(0, left);
  };

  return {
    isWell: () => !isEjected && failures < tuning.failuresToEject && restMs() === 0,
    // To the fourth: of two of which one fails at a fifth of the requests, that one gets a quarter of them.
    share: () => Math.max(LEAST, warmth() * reliability ** 4),
    rest(ms) {
      restsUntil = now() + Math.min(ms, tuning.maxRestMs);
    },
    restMs,
    isEjected: () => isEjected,
    succeeded() {
      reliability += (1 - reliability) * WEIGHT;
      failures = 0;
      if (ejections > 0 && !isEjected && now() - returnedAt > tuning.ejectMs) ejections = 0;
    },
    failed(isCertain) {
      reliability -= reliability * WEIGHT;
      failures = isCertain ? tuning.failuresToEject : failures + 1;
      if (failures >= tuning.failuresToEject) eject();
    },
    suspect() {
      if (isEjected || isProbing || isClosed) return;
      isProbing = true;
      void probe().then((isWell) => {
        isProbing = false;
        if (!isWell) eject();
      });
    },
    close() {
      isClosed = true;
      clearTimeout(timer);
    },
  };
}
