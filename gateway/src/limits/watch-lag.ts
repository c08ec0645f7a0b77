const LOOK_EVERY_MS = 20;
const TELL_EVERY_MS = 100;

/** How late the event loop is on average, and the part of the time in which it had something to do. */
export type Load = { readonly lagMs: number; readonly utilization: number };

/** Tells, ten times a second, how much later than planned the event loop came to it, and how busy it was. Returns how to stop. */
export function watchLag(tell: (load: Load) => void): () => void {
  let due = performance.now() + LOOK_EVERY_MS;
  let toldAt = performance.now();
  let lags = 0;
  let looks = 0;
  let before = performance.eventLoopUtilization();
  const timer = setInterval(() => {
    const now = performance.now();
    lags += Math.max(0, now - due);
    looks++;
    due = now + LOOK_EVERY_MS;
    if (now - toldAt < TELL_EVERY_MS) return;
    const sum = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(sum, before);
    tell({ lagMs: lags / looks, utilization });
    before = sum;
    toldAt = now;
    lags = looks = 0;
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
