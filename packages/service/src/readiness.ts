export type Check = readonly [what: string, check: () => Promise<unknown>];

/** A check that takes longer counts as failed: a load balancer asks every second or two. */
const LIMIT_MS = 2_000;

/** Makes the readiness question of a process: runs all checks at once and tells which failed. */
export function createReadiness(checks: readonly Check[]): () => Promise<readonly string[]> {
  return async () => {
    const outcomes = await Promise.all(checks.map(runCheck));
    return outcomes.filter((reason) => reason !== undefined);
  };
}

async function runCheck([what, check]: Check): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`${what}: no answer in ${LIMIT_MS} ms`), LIMIT_MS);
  });
  const reason = check().then(
    () => undefined,
    (error: unknown) => `${what}: ${error instanceof Error ? error.message : String(error)}`,
  );
  const outcome = await Promise.race([reason, late]);
  clearTimeout(timer);
  return outcome;
}
