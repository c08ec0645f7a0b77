export type Sample = { seconds: number; requests: number; failed: number; p50Ms: number; p95Ms: number; p99Ms: number };

/** Runs `request(0 … count − 1)` in a closed loop of `clients` and tells how long each took. A throw counts as failed. */
export async function closedLoop(
  count: number,
  clients: number,
  request: (index: number) => Promise<boolean>,
): Promise<Sample> {
  const latencies: number[] = [];
  let next = 0;
  let failed = 0;
  const client = async () => {
    while (next < count) {
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
  };
}

/** The nearest-rank percentile of ascending numbers; NaN of none. */
export function percentile(ascending: readonly number[], share: number): number {
  return ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN;
}
