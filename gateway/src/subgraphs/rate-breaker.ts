import type { Tuning } from './tuning.ts';

export type RateBreaker = {
  /** Whether to try at all. Once half-open, one call is let through at a time, and decides. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
  /** What was let through ended without telling anything. */
  abandoned(): void;
  state(): 'closed' | 'open' | 'half-open';
};

type BreakerTuning = Pick<
  Tuning,
  'breakerWindowMs' | 'breakerCalls' | 'breakerShare' | 'breakerPauseMs' | 'breakerMaxPauseMs'
>;

const SLICES = 10;

/**
 * Opens when half of the calls of the last seconds have failed, if those were enough to tell. (That of @entrepot/cache counts failures in
 * a row, which fits one client of one store; of hundreds of calls at the same time a lucky one would close it again and again.)
 */
export function createRateBreaker(tuning: BreakerTuning, now: () => number = () => performance.now()): RateBreaker {
  const { breakerWindowMs, breakerCalls, breakerShare, breakerPauseMs, breakerMaxPauseMs } = tuning;
  const sliceMs = breakerWindowMs / SLICES;
  let slices: { index: number; calls: number; failures: number }[] = [];
  let state: 'closed' | 'open' | 'half-open' = 'closed';
  let pauseMs = breakerPauseMs;
  let retryAt = 0;
  let isTrying = false;

  const record = (failures: 0 | 1) => {
    const index = Math.floor(now() / sliceMs);
    let slice = slices.at(-1);
    if (slice?.index !== index) {
      slices = slices.filter((old) => old.index > index - SLICES);
      slice = { index, calls: 0, failures: 0 };
      slices.push(slice);
    }
    slice.calls++;
    slice.failures += failures;
  };

  const isBad = () => {
    let calls = 0;
    let failures = 0;
    for (const slice of slices) {
      calls += slice.calls;
      failures += slice.failures;
    }
    return calls >= breakerCalls && failures >= calls * breakerShare;
  };

  const open = () => {
    state = 'open';
    retryAt = now() + pauseMs;
    pauseMs = Math.min(breakerMaxPauseMs, pauseMs * 2);
    slices = [];
    isTrying = false;
  };

  return {
    allows() {
      if (state === 'closed') return true;
      if (state === 'open') {
        if (now() < retryAt) return false;
        state = 'half-open';
      }
      if (isTrying) return false;
      isTrying = true;
      return true;
    },
    succeeded() {
      if (state === 'closed') record(0);
      // One that was under way when it opened says nothing of the time since.
      if (state !== 'half-open') return;
      state = 'closed';
      isTrying = false;
      pauseMs = breakerPauseMs;
    },
    failed() {
      if (state === 'half-open') return open();
      if (state === 'open') return;
      record(1);
      if (isBad()) open();
    },
    abandoned() {
      isTrying = false;
    },
    state: () => state,
  };
}
