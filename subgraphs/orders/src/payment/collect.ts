import { sleep } from '@entrepot/kernel/retry';
import type { CaptureRequest, ChargeStatus, PaymentProvider } from './provider.ts';

export type CollectPolicy = {
  /** How long one call may take. */
  readonly attemptMs: number;
  /** How often a capture is tried before it is given up. */
  readonly attempts: number;
};

/** `unsure`: nothing is known to be captured, but the provider could not be asked to leave it at that. */
export type Collected = 'captured' | 'declined' | 'voided' | 'unsure';

/**
 * Takes a payment: tries with the same key, and when nobody answers asks what became of it, and voids it. Ends within
 * (attempts + 2) × attemptMs and a little.
 */
export async function collect(
  provider: PaymentProvider,
  request: CaptureRequest,
  { attemptMs, attempts }: CollectPolicy,
): Promise<Collected> {
  const ask = (call: (signal: AbortSignal) => Promise<ChargeStatus>) => within(attemptMs, call);
  for (let attempt = 1; attempt <= attempts; attempt++) {
    const told = await ask((signal) => provider.capture(request, signal));
    if (told !== undefined && told !== 'none') return told;
    // A provider that fails at once is given a moment; one that let us wait had it.
    if (attempt < attempts) await sleep(Math.random() * 50 * 2 ** attempt);
  }
  return makeSure(provider, request.idempotencyKey, attemptMs);
}

/** Finds out what became of a charge, and voids it when nothing did. */
export async function makeSure(provider: PaymentProvider, chargeKey: string, attemptMs: number): Promise<Collected> {
  const known = await within(attemptMs, (signal) => provider.status(chargeKey, signal));
  if (known !== undefined && known !== 'none') return known;
  const voided = await within(attemptMs, (signal) => provider.void(chargeKey, signal));
  return voided === undefined || voided === 'none' ? 'unsure' : voided;
}

/** The call's answer; undefined when there was none in time, or only an error, which tells as little. */
export async function within<T>(ms: number, call: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const deadline = new AbortController();
  // A turn of the event loop later: after a pause of this process, what came in meanwhile is heard before it is given up.
  const timer = setTimeout(() => setImmediate(() => deadline.abort()), ms);
  const late = new Promise<undefined>((resolve) => {
    deadline.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  try {
    // Raced, so that a provider that ignores the signal does not keep us either.
    return await Promise.race([call(deadline.signal).catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
