import { Fault } from '@entrepot/kernel/fault';

/** What is checked, and how: a check that rejects says that the process cannot serve. */
export type Check = readonly [what: string, check: () => Promise<unknown>];

/** A check that takes longer counts as failed: a load balancer asks every second or two. */
const LIMIT_MS = 2_000;

/** Makes the readiness question of a process: runs all checks at once and tells which failed. */
export function createReadiness(checks: readonly Check[], limitMs = LIMIT_MS): () => Promise<readonly string[]> {
  let running: Promise<readonly string[]> | undefined;
  const run = async () => {
    const outcomes = await Promise.all(checks.map((check) => runCheck(check, limitMs)));
    return outcomes.filter((reason) => reason !== undefined);
  };
  return () => {
    // Anyone may ask: however many do at once, the checks run once.
    running ??= run().finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function runCheck([what, check]: Check, limitMs: number): Promise<string | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`${what}: no answer in ${limitMs} ms`), limitMs);
  });
  const reason = check().then(
    () => undefined,
    (error: unknown) => `${what}: ${reasonOf(error)}`,
  );
  try {
    return await Promise.race([reason, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A driver's message names hosts, ports and users, which are nobody's business; its code says enough. */
function reasonOf(error: unknown): string {
  if (error instanceof Fault) return error.message;
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? `unavailable (${code})` : 'unavailable';
}
