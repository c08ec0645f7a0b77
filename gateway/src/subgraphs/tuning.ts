/** The bounds and thresholds of the way to one subgraph. */
export type Tuning = {
  /** Connections to one replica. */
  readonly maxConnections: number;
  /** Requests to one subgraph that run or wait. */
  readonly maxRunning: number;
  readonly maxHeadBytes: number;
  readonly maxBodyBytes: number;
  /** Shorter than our servers keep theirs (65 s), so that none is closed under a request. */
  readonly maxIdleMs: number;
  /** Failures in a row that eject a replica. */
  readonly failuresToEject: number;
  /** The first ejection; the next ones in a row are as many times longer. */
  readonly ejectMs: number;
  readonly maxEjectMs: number;
  /** After an ejection, how often the replica is asked whether it is well again. */
  readonly probeEveryMs: number;
  readonly probeTimeoutMs: number;
  /** For so long a replica that is back, or new, gets less than its share. */
  readonly slowStartMs: number;
  /** The longest that a replica is left alone because it has asked for it (`Retry-After`). */
  readonly maxRestMs: number;
  /** A replica with requests that has said nothing for so long is probed. */
  readonly silenceMs: number;
  /** How old an address may get. */
  readonly resolveEveryMs: number;
  /** The calls of so long decide on the breaker. */
  readonly breakerWindowMs: number;
  readonly breakerCalls: number;
  readonly breakerShare: number;
  /** How long it stays open first; doubled while the tries between fail. */
  readonly breakerPauseMs: number;
  readonly breakerMaxPauseMs: number;
};

export const TUNING: Tuning = {
  maxConnections: 64,
  maxRunning: 2_000,
  maxHeadBytes: 16 * 1024,
  maxBodyBytes: 32 * 1024 * 1024,
  maxIdleMs: 20_000,
  failuresToEject: 5,
  ejectMs: 5_000,
  maxEjectMs: 30_000,
  probeEveryMs: 1_000,
  probeTimeoutMs: 500,
  slowStartMs: 5_000,
  maxRestMs: 10_000,
  silenceMs: 1_000,
  resolveEveryMs: 5_000,
  breakerWindowMs: 10_000,
  breakerCalls: 20,
  breakerShare: 0.5,
  breakerPauseMs: 1_000,
  breakerMaxPauseMs: 10_000,
};
