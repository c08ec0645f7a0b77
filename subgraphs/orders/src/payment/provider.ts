import type { Money } from '@entrepot/money/money';

/** What a provider knows of a charge. `none`: it never heard of it, or has not decided yet. */
export type ChargeStatus = 'captured' | 'declined' | 'voided' | 'none';

export type CaptureRequest = {
  /** The same key never charges twice, however often it is sent. */
  readonly idempotencyKey: string;
  readonly token: string;
  readonly amount: Money;
};

export type RefundRequest = {
  readonly idempotencyKey: string;
  /** The idempotency key of the charge. */
  readonly chargeKey: string;
  readonly amount: Money;
};

/**
 * Who takes the money. Every call ends when its signal is aborted; one that throws or is aborted has told nothing: the
 * money may or may not have been taken.
 */
export type PaymentProvider = {
  readonly name: string;
  capture(request: CaptureRequest, signal: AbortSignal): Promise<ChargeStatus>;
  status(chargeKey: string, signal: AbortSignal): Promise<ChargeStatus>;
  /** Makes sure that nothing will be captured under this key any more; tells what had been, if it comes too late. */
  void(chargeKey: string, signal: AbortSignal): Promise<ChargeStatus>;
  refund(request: RefundRequest, signal: AbortSignal): Promise<void>;
};

/** What a provider calls back with, without being asked; perhaps again and again. */
export type ProviderNotice = { readonly chargeKey: string; readonly status: ChargeStatus };

export type Providers = { readonly names: readonly string[]; get(name: string): PaymentProvider };

/** The providers by name. */
export function createProviders(providers: readonly PaymentProvider[]): Providers {
  const byName = new Map(providers.map((provider) => [provider.name, provider]));
  return {
    names: [...byName.keys()],
    get(name) {
      const provider = byName.get(name);
      if (provider) return provider;
      throw new Error(`there is no payment provider "${name}"`);
    },
  };
}
