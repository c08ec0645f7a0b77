const EVERY_MS = 100;

/** Tells, ten times a second, how much later than planned the event loop came to it. Returns how to stop. */
export function watchLag(tell: (lagMs: number) => void): () => void {
  let due = performance.now() + EVERY_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    tell(Math.max(0, now - due));
    due = now + EVERY_MS;
  }, EVERY_MS);
  timer.unref();
  return () => clearInterval(timer);
}
