import cluster, { type Worker } from 'node:cluster';
import { once } from 'node:events';
import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { AggregatorRegistry } from 'prom-client';
import { relayPurges } from './sibling-purges.ts';

export type WorkersOptions = {
  count: number;
  /** How long a worker may take to stop. */
  stopMs: number;
  logger: Logger;
};

export type Workers = { stop(): Promise<void> };

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 15_000;
/** A worker that lived for so long did not die of how it was started. */
const SETTLED_MS = 30_000;
const METRICS_LIMIT_MS = 6_000;
const ASK_METRICS = 'gateway:metrics';

/** Runs this program in several processes that share its port, and starts another one for each that dies. */
export function startWorkers({ count, stopMs, logger }: WorkersOptions): Workers {
  const pauses = new Set<NodeJS.Timeout>();
  let isStopping = false;
  let hasServed = false;
  let pauseMs = FIRST_PAUSE_MS;

  const start = () => {
    const startedAt = performance.now();
    const worker = cluster.fork();
    worker.once('listening', () => {
      hasServed = true;
    });
    worker.once('exit', (code, signal) => {
      if (isStopping) return;
      // It has said why it cannot start; all others cannot for the same reason.
      if (!hasServed) process.exit(1);
      pauseMs = performance.now() - startedAt > SETTLED_MS ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
      logger.error({ pid: worker.process.pid, code, signal, pauseMs }, 'a worker died; another one will be started');
      const pause = setTimeout(() => {
        pauses.delete(pause);
        start();
      }, pauseMs);
      pauses.add(pause);
    });
  };

  answerForMetrics(logger);
  relayPurges();
  for (let index = 0; index < count; index++) start();
  return {
    async stop() {
      isStopping = true;
      for (const pause of pauses) clearTimeout(pause);
      await Promise.all(Object.values(cluster.workers ?? {}).map((worker) => worker && stopWorker(worker, stopMs)));
    },
  };
}

async function stopWorker(worker: Worker, stopMs: number): Promise<void> {
  if (worker.isDead()) return;
  const ended = once(worker, 'exit');
  const limit = setTimeout(() => worker.process.kill('SIGKILL'), stopMs);
  worker.process.kill('SIGTERM');
  await ended;
  clearTimeout(limit);
}

/** Whichever worker is scraped, it asks here for the metrics of all of them. */
function answerForMetrics(logger: Logger): void {
  const all = new AggregatorRegistry();
  cluster.on('message', async (worker: Worker, message: unknown) => {
    if (!isAsked(message)) return;
    try {
      const text = await all.clusterMetrics();
      if (worker.isConnected()) worker.send({ type: ASK_METRICS, id: message.id, text });
    } catch (error) {
      logger.warn({ err: error }, 'the metrics of the workers could not be had');
    }
  });
}

/** In a worker: the metrics of all workers, as text. */
export function createClusterMetrics(own: Registry): () => Promise<string> {
  // It answers the primary's questions for this worker's part.
  AggregatorRegistry.setRegistries(own);
  new AggregatorRegistry();
  let lastId = 0;
  return () =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      const end = (act: () => void) => {
        clearTimeout(limit);
        process.off('message', onMessage);
        act();
      };
      const onMessage = (message: unknown) => {
        if (isAsked(message) && message.id === id) end(() => resolve(message.text ?? ''));
      };
      const limit = setTimeout(
        () => end(() => reject(new Error('the primary did not give the metrics'))),
        METRICS_LIMIT_MS,
      );
      process.on('message', onMessage);
      process.send?.({ type: ASK_METRICS, id });
    });
}

type AskedMetrics = { readonly type: typeof ASK_METRICS; readonly id: number; readonly text?: string };

const isAsked = (message: unknown): message is AskedMetrics =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === ASK_METRICS;
