import type { Logger } from '@entrepot/telemetry/logger';
import type { Registry } from '@entrepot/telemetry/metrics';
import { Counter, Gauge } from 'prom-client';
import type { Generation } from './generation.ts';
import { readSupergraph, type Supergraph, watchSupergraph } from './supergraph-file.ts';

export type Generations = {
  /** Runs `act` on the newest generation, which is kept until `act` has ended. */
  use<T>(act: (generation: Generation) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
};

export type GenerationsOptions = {
  file: string;
  create: (supergraph: Supergraph) => Promise<Generation>;
  logger: Logger;
  registry: Registry;
};

type Used = { generation: Generation; users: number; isReplaced: boolean };

/** Serves the supergraph of a file, and takes over a new one when the file changes; a broken one is reported and left alone. */
export async function startGenerations({ file, create, logger, registry }: GenerationsOptions): Promise<Generations> {
  const metrics = createMetrics(registry);
  let current: Used = { generation: await create(await readSupergraph(file)), users: 0, isReplaced: false };
  let last: Promise<void> = Promise.resolve();

  const endIfUnused = (used: Used) => {
    if (!used.isReplaced || used.users > 0) return;
    used.generation
      .stop()
      .catch((error: unknown) => logger.warn({ err: error }, 'an old generation could not be ended'));
  };
  const reload = async () => {
    try {
      const supergraph = await readSupergraph(file);
      if (supergraph.id === current.generation.id) return;
      const generation = await create(supergraph);
      const old = current;
      current = { generation, users: 0, isReplaced: false };
      old.isReplaced = true;
      endIfUnused(old);
      metrics.reloads.inc({ outcome: 'ok' });
      metrics.isStale.set(0);
      logger.info({ supergraph: supergraph.id }, 'a new supergraph is served');
    } catch (error) {
      metrics.reloads.inc({ outcome: 'error' });
      metrics.isStale.set(1);
      logger.error(
        { err: error, file, serving: current.generation.id },
        'the new supergraph cannot be served; the old one still is',
      );
    }
  };
  const unwatch = watchSupergraph(file, () => {
    // One after the other: the newest file wins, whichever was quicker to load.
    last = last.then(reload);
  });
  return {
    async use(act) {
      const used = current;
      used.users++;
      try {
        return await act(used.generation);
      } finally {
        used.users--;
        endIfUnused(used);
      }
    },
    async stop() {
      unwatch();
      await last;
      await current.generation.stop();
    },
  };
}

function createMetrics(registry: Registry) {
  const registers = [registry];
  return {
    reloads: new Counter({
      name: 'supergraph_reloads_total',
      help: 'Changes of the supergraph by outcome (ok, error)',
      labelNames: ['outcome'],
      registers,
    }),
    isStale: new Gauge({ name: 'supergraph_stale', help: '1 while a newer supergraph cannot be served', registers }),
  };
}
