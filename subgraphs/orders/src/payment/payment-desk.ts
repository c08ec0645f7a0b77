import { formatAmount } from '@entrepot/money/money';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { Counter, Gauge } from 'prom-client';
import type { Decision, Order } from '../domain/order.ts';
import { answer, type PaymentAnswer } from '../domain/settlement.ts';
import type { OrderStore, Turn } from '../store/order-store.ts';
import type { DueCheck, DueRefund, SweepStore } from '../store/sweep-store.ts';
import { createBatcher } from './batcher.ts';
import { type Collected, type CollectPolicy, collect, makeSure, within } from './collect.ts';
import { createLimiter } from './limiter.ts';
import type { ProviderNotice, Providers } from './provider.ts';

export type PaymentDesk = ReturnType<typeof createPaymentDesk>;
export type PaymentDeskOptions = {
  orders: OrderStore;
  sweeps: SweepStore;
  providers: Providers;
  policy: CollectPolicy;
  /** How many calls of providers at once. */
  concurrency: number;
  now: () => Date;
  logger: Logger;
  registry: Registry;
};

/** Beyond this an order waits in the database, for the sweeper. */
const MAX_WAITING = 5_000;
/** A payment given up is looked at once more after this, even when the provider confirmed that it is void. */
const CHECK_AFTER_MS = 60_000;
/** About a day, with pauses that grow to ten minutes. */
const MAX_CHECKS = 150;
const MAX_BATCH = 50;

/**
 * Where money is asked for and given back. Providers are called after the commit that says so, without a lock or a
 * connection; what they answer is saved in one transaction with the order's next step. What a crash leaves between the
 * two, the sweeper brings here again, and the idempotency key makes the repeat harmless.
 */
export function createPaymentDesk(options: PaymentDeskOptions) {
  const { orders, sweeps, providers, policy, now, logger, registry } = options;
  const count = new Counter({
    name: 'payments_total',
    help: 'What providers were asked for, and what came of it',
    labelNames: ['step', 'outcome'],
    registers: [registry],
  });
  const limiter = createLimiter(options.concurrency, MAX_WAITING, (error) =>
    logger.error({ err: error }, 'a payment step failed: the sweeper will try it again'),
  );
  new Gauge({
    name: 'payments_in_progress',
    help: 'Calls of providers that run or wait to run',
    registers: [registry],
    collect() {
      this.set(limiter.size);
    },
  });
  // Answers that come while others are saved are saved together, in one transaction.
  const save = createBatcher<Turn, Decision>((turns) => orders.takeTurns(turns), MAX_BATCH);

  const record = (order: Order, paymentId: string, outcome: Collected) => {
    const given = toAnswer(outcome, new Date(now().getTime() + CHECK_AFTER_MS));
    return save({ order, decide: (current, at) => answer(current, paymentId, given, at) });
  };

  async function collectFor(order: Order): Promise<void> {
    const payment = order.payments.find(({ status }) => status === 'PENDING');
    if (!payment || order.paymentToken === null) return;
    const amount = { minor: payment.amountMinor, currency: order.currencyCode };
    const request = { idempotencyKey: payment.id, token: order.paymentToken, amount };
    const outcome = await collect(providers.get(payment.provider), request, policy);
    count.inc({ step: 'capture', outcome });
    if (outcome === 'unsure') logger.warn({ orderId: order.id }, 'the payment provider could not be reached: given up');
    await record(order, payment.id, outcome);
  }

  async function payOut(refund: DueRefund): Promise<void> {
    const amount = { minor: refund.amountMinor, currency: refund.currencyCode };
    const request = { idempotencyKey: refund.id, chargeKey: refund.paymentId, amount };
    const provider = providers.get(refund.provider);
    const isDone = await within(policy.attemptMs, (signal) => provider.refund(request, signal).then(() => true));
    count.inc({ step: 'refund', outcome: isDone ? 'refunded' : 'failed' });
    if (isDone) return sweeps.paidOut(refund.orderId, refund.id, `${formatAmount(amount)} ${amount.currency}`);
    logger.warn({ orderId: refund.orderId, attempts: refund.attempts }, 'a refund was not paid out: it is tried again');
  }

  async function check({ orderId, paymentId, provider, checks }: DueCheck): Promise<void> {
    const outcome = await makeSure(providers.get(provider), paymentId, policy.attemptMs);
    count.inc({ step: 'check', outcome });
    if (outcome === 'captured') {
      const order = await orders.load(orderId);
      if (order) await record(order, paymentId, outcome);
      return;
    }
    if (outcome !== 'unsure') return sweeps.checked(paymentId);
    if (checks < MAX_CHECKS) return;
    logger.error(
      { orderId, paymentId },
      'the provider never told what became of a payment given up: look at its books',
    );
    await sweeps.checked(paymentId);
  }

  const startCollecting = (order: Order) => limiter.add(`collect:${order.id}`, () => collectFor(order));
  const startPayingOut = (refund: DueRefund) => limiter.add(`refund:${refund.id}`, () => payOut(refund));

  return {
    /** Takes the steps that follow from what was just committed. */
    follow(saved: readonly Decision[]): void {
      for (const { order, refunds } of saved) {
        if (order.awaiting === 'PAYMENT') startCollecting(order);
        for (const { id, paymentId, amountMinor } of refunds) {
          const payment = order.payments.find((each) => each.id === paymentId);
          if (!payment) continue;
          const { currencyCode } = order;
          startPayingOut({
            id,
            orderId: order.id,
            paymentId,
            provider: payment.provider,
            amountMinor,
            currencyCode,
            attempts: 0,
          });
        }
      }
    },

    startCollecting,
    startPayingOut,
    startChecking: (due: DueCheck) => limiter.add(`check:${due.paymentId}`, () => check(due)),

    /** A provider called back. Its word is taken for what it is: nothing new, an answer, or money taken too late. */
    async onNotice({ chargeKey, status }: ProviderNotice): Promise<void> {
      count.inc({ step: 'notice', outcome: status });
      if (status !== 'captured' && status !== 'declined') return;
      const orderId = await sweeps.orderOfPayment(chargeKey);
      const order = orderId === undefined ? undefined : await orders.load(orderId);
      if (order) await record(order, chargeKey, status);
      else logger.warn({ chargeKey }, 'a provider called back about a payment that is not ours');
    },

    idle: () => limiter.idle(),
    stop: () => limiter.stop(),
  };
}

function toAnswer(outcome: Collected, checkAt: Date): PaymentAnswer {
  if (outcome === 'captured' || outcome === 'declined') return { type: outcome };
  return { type: 'given-up', checkAt };
}
