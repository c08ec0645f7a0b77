import type { Tuning } from './tuning.ts';

export type ReplicaHealth = {
  /** Neither ejected nor only spared because too many others are. */
  isWell(): boolean;
  isEjected(): boolean;
  succeeded(): void;
  /** `isCertain`: nobody listens there. */
  failed(isCertain: boolean): void;
  /** It has said nothing for long: it is asked whether it lives, and ejected if it says nothing to that either. */
  suspect(): void;
  close(): void;
};

export type ReplicaHealthOptions = {
  tuning: Pick<Tuning, 'failuresToEject' | 'ejectMs' | 'maxEjectMs' | 'probeEveryMs'>;
  mayEject: () => boolean;
  now?: () => number;
  /** Asks the replica whether it lives. Never rejects. */
  probe: () => Promise<boolean>;
  onEject: () => void;
  onReturn: () => void;
};

/** Ejects a replica that fails again and again, and lets it return when its time is over and it answers. */
export function createReplicaHealth(options: ReplicaHealthOptions): ReplicaHealth {
  const { tuning, mayEject, probe, onEject, onReturn, now = () => performance.now() } = options;
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
      // One more failure is enough now.
      failures = tuning.failuresToEject - 1;
      onReturn();
    } else {
      timer = setTimeout(returnIfWell, tuning.probeEveryMs).unref();
    }
  };

  return {
    isWell: () => !isEjected && failures < tuning.failuresToEject,
    isEjected: () => isEjected,
    succeeded() {
      failures = 0;
      if (ejections > 0 && !isEjected && now() - returnedAt > tuning.ejectMs) ejections = 0;
    },
    failed(isCertain) {
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
