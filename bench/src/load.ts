export type Sample = {
  seconds: number;
  requests: number;
  failed: number;
  p50Ms: number;
  p95Ms: number;
  p99Ms: number;
  /** How long each took, ascending. */
  latenciesMs: readonly number[];
};
/** Whether it succeeded. A throw counts as failed. */
type Request = (index: number) => Promise<boolean>;

/** Runs `request(0 … count − 1)` in a closed loop of `clients` and tells how long each took. */
export const closedLoop = (count: number, clients: number, request: Request): Promise<Sample> =>
  loop((index) => index < count, clients, request);

/** The same for so many seconds; what has begun by then is waited for. */
export function closedLoopFor(seconds: number, clients: number, request: Request): Promise<Sample> {
  const end = performance.now() + seconds * 1000;
  return loop(() => performance.now() < end, clients, request);
}

async function loop(goesOn: (index: number) => boolean, clients: number, request: Request): Promise<Sample> {
  const latencies: number[] = [];
  let next = 0;
  let failed = 0;
  const client = async () => {
    while (goesOn(next)) {
      const index = next++;
      const began = performance.now();
      const succeeded = await request(index).catch(() => false);
      latencies.push(performance.now() - began);
      if (!succeeded) failed++;
    }
  };
  const began = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - began) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    seconds,
    requests: latencies.length,
    failed,
    p50Ms: percentile(latencies, 0.5),
    p95Ms: percentile(latencies, 0.95),
    p99Ms: percentile(latencies, 0.99),
    latenciesMs: latencies,
  };
}

/** The nearest-rank percentile of ascending numbers; NaN of none. */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}
