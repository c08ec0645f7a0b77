import { describe, expect, it } from 'vitest';
import { collect } from './collect.ts';
import type { ChargeStatus, PaymentProvider } from './provider.ts';

const request = { idempotencyKey: 'pay-1', token: 'tok', amount: { minor: 100n, currency: 'GBP' } };
const policy = { attemptMs: 20, attempts: 2 };
const silence = () => new Promise<never>(() => {});
const failure = () => Promise.reject(new Error('503'));

function aProvider(answers: Partial<Record<'capture' | 'status' | 'void', () => Promise<ChargeStatus>>>) {
  const calls: string[] = [];
  const call = (name: 'capture' | 'status' | 'void') => () => {
    calls.push(name);
    return (answers[name] ?? silence)();
  };
  const provider: PaymentProvider = {
    name: 'test',
    capture: call('capture'),
    status: call('status'),
    void: call('void'),
    refund: silence,
  };
  return { provider, calls };
}
const says = (status: ChargeStatus) => async () => status;

describe('collect', () => {
  it.each(['captured', 'declined'] as const)('believes the answer %s', async (status) => {
    const { provider, calls } = aProvider({ capture: says(status) });
    expect(await collect(provider, request, policy)).toBe(status);
    expect(calls).toEqual(['capture']);
  });

  it('tries again when the provider fails', async () => {
    let attempt = 0;
    const { provider } = aProvider({ capture: () => (++attempt === 1 ? failure() : says('captured')()) });
    expect(await collect(provider, request, policy)).toBe('captured');
  });

  it('finds out what was captured without an answer', async () => {
    const { provider, calls } = aProvider({ status: says('captured') });
    expect(await collect(provider, request, policy)).toBe('captured');
    expect(calls).toEqual(['capture', 'capture', 'status']);
  });

  it('voids what was not', async () => {
    const { provider, calls } = aProvider({ status: says('none'), void: says('voided') });
    expect(await collect(provider, request, policy)).toBe('voided');
    expect(calls).toEqual(['capture', 'capture', 'status', 'void']);
  });

  it('believes a void that came too late', async () => {
    const { provider } = aProvider({ status: failure, void: says('captured') });
    expect(await collect(provider, request, policy)).toBe('captured');
  });

  it('is unsure of a provider that cannot be reached at all, within a bounded time', async () => {
    const began = performance.now();
    expect(await collect(aProvider({}).provider, request, policy)).toBe('unsure');
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  it('hears an answer that came while this process was not looking', async () => {
    const { provider } = aProvider({ capture: () => new Promise((answer) => setTimeout(() => answer('captured'), 1)) });
    const outcome = collect(provider, request, policy);
    const began = performance.now();
    while (performance.now() - began < 2 * policy.attemptMs);
    expect(await outcome).toBe('captured');
  });
});
