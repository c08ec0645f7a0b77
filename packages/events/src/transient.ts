/**
 * Whether an error tells that something we need is away for now (a database that restarts, a network that is cut, a pool
 * that is exhausted), and nothing of the event at hand: however long it lasts, no event is at fault.
 */
export function isTransient(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if (TEXTS.some((text) => text.test(String(cause)))) return true;
    const code = 'code' in cause ? cause.code : undefined;
    if (typeof code === 'string' && (CODES.has(code) || SQL_STATES.some((state) => code.startsWith(state))))
      return true;
    if (cause instanceof AggregateError && cause.errors.some(isTransient)) return true;
  }
  return false;
}

const CODES = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'],
  // Prisma: cannot reach the server, lost it, no connection free, serialization failure.
  ...['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2034', 'P2037'],
  // PostgreSQL: read-only (a primary that became a standby), serialization failure, deadlock.
  ...['25006', '40001', '40P01'],
]);
/** Classes of SQLSTATE: lost connections, a server out of resources, one that shuts down or starts. */
const SQL_STATES = ['08', '53', '57P'];
/** What node-postgres says without any code. */
const TEXTS = [
  /timeout exceeded when trying to connect/,
  /Connection terminated/,
  /Client has encountered a connection error/,
  /Cannot use a pool after calling end/,
];
