export type Turns = <Value>(work: (value: Value) => void, value: Value) => void;

/**
 * In one turn of the event loop so much is begun, and then whatever else has come in the meantime has its turn: who is refused, a
 * health check, a kept answer.
 */
const MAX_TURN_MS = 2;
const MAX_SCHEDULED = 64;

/**
 * Does work at once, or, when much has been done in this turn of the event loop already, in one of the next, in its order. An
 * answer of a subgraph may be milliseconds of work, and many may have come together. What is done in microtasks behind a piece
 * of work counts with it. The work must not throw. Whoever asks bounds how much waits.
 */
export function createTurns(now: () => number = () => performance.now()): Turns {
  const waiting: (() => void)[] = [];
  let scheduled = 0;
  let beganAt: number | undefined;

  const schedule = () => {
    scheduled++;
    setImmediate(next);
  };
  const hasTime = () => {
    const at = now();
    beganAt ??= at;
    return at - beganAt < MAX_TURN_MS;
  };
  // All that are scheduled run in one turn, with microtasks in between; what they schedule, in the next.
  const next = () => {
    if (waiting.length > 0 && hasTime()) waiting.shift()?.();
    if (--scheduled > 0) return;
    beganAt = undefined;
    while (scheduled < Math.min(waiting.length, MAX_SCHEDULED)) schedule();
  };

  return (work, value) => {
    const isNow = waiting.length === 0 && hasTime();
    if (!isNow) waiting.push(() => work(value));
    // Once at the end of every turn with work, too: another turn begins then.
    if (scheduled === 0 || (!isNow && scheduled < MAX_SCHEDULED)) schedule();
    if (isNow) work(value);
  };
}

/** There is one event loop. */
export const inTurn: Turns = createTurns();
