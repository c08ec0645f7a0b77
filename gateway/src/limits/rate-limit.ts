import { Fault } from '@entrepot/kernel/fault';
import type { Logger } from '@entrepot/telemetry/logger';
import { LRUCache } from 'lru-cache';
import { createClientAddress, networkOf, type TrustedProxies } from './client-address.ts';
import { createMemoryRate } from './memory-rate.ts';
import type { Rate, RateLimiter, Taken } from './rate-limiter.ts';
import { createRedisRate } from './redis-rate.ts';

/** What an operation cost and what is left, as clients are told in `extensions.cost`. */
export type Charged = {
  readonly requested: number;
  readonly limit: number;
  readonly remaining: number;
  readonly resetSeconds: number;
};

export type Who = {
  readonly viewerId: string | undefined;
  /** Of the connection. */
  readonly address: string | undefined;
  readonly forwardedFor: string | undefined;
};

/** The budget of whoever sends a request. */
export type Budget = {
  /** @throws Fault RATE_LIMITED */
  charge(units: number): Promise<Charged>;
  /** The same at once; undefined where that cannot be, or is not allowed: then nothing was taken. */
  chargeAtOnce(units: number): Charged | undefined;
  /** The same in a later turn. */
  chargeLater(units: number, then: (charged: Charged | undefined) => void): void;
  /** What to tell after the last charge (draft-ietf-httpapi-ratelimit-headers); nothing before the first. */
  headers(): Readonly<Record<string, string>>;
};

export type RateLimit = { budgetOf(who: Who): Budget; close(): Promise<void> };

export type RateLimitOptions = {
  rate: Rate;
  trustedProxies: TrustedProxies;
  redisUrl: string | undefined;
  redisTimeoutMs: number;
  logger: Logger;
  onTaken: (outcome: 'allowed' | 'refused') => void;
  /** Redis did not count; this gateway did. */
  onBypass: () => void;
};

/** Limits what viewers, and clients who are nobody in particular by their address, may ask for in a time. */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { rate, onTaken } = options;
  const limiter = openLimiter(options);
  const keyOf = createKeyOf(options.trustedProxies);
  const policy = `"cost";q=${rate.burst};w=${Math.ceil((rate.burst * 60) / rate.perMinute)}`;
  return {
    budgetOf(who) {
      const key = keyOf(who);
      let last: Taken | undefined;
      const allow = (units: number, taken: Taken | undefined): Charged | undefined => {
        if (!taken?.isAllowed) return undefined;
        last = taken;
        onTaken('allowed');
        return chargedFor(units, taken);
      };
      return {
        async charge(units) {
          const taken = await limiter.take(key, units);
          last = taken;
          onTaken(taken.isAllowed ? 'allowed' : 'refused');
          if (!taken.isAllowed) throw refusal(units, taken);
          return chargedFor(units, taken);
        },
        chargeAtOnce: (units) => allow(units, limiter.takeNow?.(key, units)),
        chargeLater(units, then) {
          if (limiter.takeLater) limiter.takeLater(key, units, (taken) => then(allow(units, taken)));
          else queueMicrotask(() => then(allow(units, limiter.takeNow?.(key, units))));
        },
        headers: () => (last ? headersOf(last, policy) : {}),
      };
    },
    close: () => limiter.close(),
  };
}

/** So many clients are known by their connection's address; reading one costs more than finding it. */
const MAX_ADDRESSES = 10_000;

/** Whose budget it is. */
function createKeyOf(trustedProxies: TrustedProxies): (who: Who) => string {
  const clientAddress = createClientAddress(trustedProxies);
  const direct = new LRUCache<string, string>({ max: MAX_ADDRESSES });
  const ofAddress = ({ address, forwardedFor }: Who) => `address:${networkOf(clientAddress(address, forwardedFor))}`;
  return (who) => {
    const { viewerId, address, forwardedFor } = who;
    if (viewerId !== undefined) return `viewer:${viewerId}`;
    if (address === undefined || forwardedFor !== undefined) return ofAddress(who);
    const known = direct.get(address) ?? ofAddress(who);
    direct.set(address, known);
    return known;
  };
}

function chargedFor(requested: number, { limit, remaining, resetMs }: Taken): Charged {
  return { requested, limit, remaining, resetSeconds: Math.ceil(resetMs / 1_000) };
}

function openLimiter({ rate, redisUrl, redisTimeoutMs, logger, onBypass }: RateLimitOptions): RateLimiter {
  if (redisUrl === undefined) return createMemoryRate(rate);
  return createRedisRate({ ...rate, url: redisUrl, commandTimeoutMs: redisTimeoutMs, logger, onBypass });
}

function refusal(units: number, { remaining, retryMs }: Taken): Fault {
  const retryAfterS = Math.max(1, Math.ceil(retryMs / 1_000));
  const message = `this costs ${units} units and ${remaining} are left: try again in ${retryAfterS} s`;
  return new Fault('RATE_LIMITED', message, { retryAfterS });
}

/** The quota is a full budget, and its window the time in which an empty one becomes full. */
function headersOf({ remaining, resetMs }: Taken, policy: string) {
  return {
    'ratelimit-policy': policy,
    ratelimit: `"cost";r=${remaining};t=${Math.ceil(resetMs / 1_000)}`,
  };
}
