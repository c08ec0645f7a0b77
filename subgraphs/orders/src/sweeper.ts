import { sleep } from '@entrepot/kernel/retry';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { Counter, Gauge } from 'prom-client';
import type { PaymentDesk } from './payment/payment-desk.ts';
import { orderId } from './store/keys.ts';
import type { OrderStore } from './store/order-store.ts';
import type { SweepStore } from './store/sweep-store.ts';

export type SweeperOptions = {
  orders: OrderStore;
  sweeps: SweepStore;
  desk: PaymentDesk;
  intervalMs: number;
  logger: Logger;
  registry: Registry;
};

/** Of each kind at a time: a backlog is worked off over several sweeps, never all at once. */
const BATCH = 100;
/** Old carts are in no hurry. */
const CARTS_EVERY = 60;

/** Takes up what a crash or an outage left lying: orders without an answer, payments, refunds, payments given up. */
export function startSweeper({ orders, sweeps, desk, intervalMs, logger, registry }: SweeperOptions) {
  const taken = new Counter({
    name: 'saga_swept_total',
    help: 'Steps that the sweeper took up because nobody had finished them',
    labelNames: ['step'],
    registers: [registry],
  });
  const oldest = new Gauge({
    name: 'saga_oldest_seconds',
    help: 'Age of the oldest order, refund or check that waits for its next step, by step',
    labelNames: ['step'],
    registers: [registry],
  });
  const stop = new AbortController();

  const sweep = async () => {
    const due = await orders.loadMany((await sweeps.dueOrders(BATCH)).map(({ uuid }) => orderId(uuid)));
    const unanswered = due.filter(({ awaiting }) => awaiting === 'STOCK');
    await orders.announceAgain(unanswered);
    const unpaid = due.filter(({ awaiting }) => awaiting === 'PAYMENT');
    for (const order of unpaid) desk.startCollecting(order);
    const refunds = await sweeps.dueRefunds(BATCH);
    for (const refund of refunds) desk.startPayingOut(refund);
    const checks = await sweeps.dueChecks(BATCH);
    for (const check of checks) desk.startChecking(check);

    const counts = { stock: unanswered.length, payment: unpaid.length, refund: refunds.length, check: checks.length };
    for (const [step, count] of Object.entries(counts)) taken.inc({ step }, count);
    for (const [step, age] of Object.entries(await sweeps.oldest())) oldest.set({ step }, age);
  };

  const run = async () => {
    for (let round = 1; !stop.signal.aborted; round++) {
      try {
        await sweep();
        if (round % CARTS_EVERY === 0) await sweeps.dropOldCarts(BATCH);
      } catch (error) {
        logger.error({ err: error }, 'a sweep failed: the next one will take it up');
      }
      // Not all processes at the same moment.
      await sleep(intervalMs * (0.75 + Math.random() / 2), stop.signal).catch(() => undefined);
    }
  };
  const running = run();
  return {
    sweep,
    async stop(): Promise<void> {
      stop.abort();
      await running;
    },
  };
}
