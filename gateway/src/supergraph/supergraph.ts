import { unwatchFile, watchFile } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Logger } from '@entrepot/telemetry/logger';
import { type Generation, idOf } from './generation.ts';

export type Supergraph = {
  /** The generation that new requests run on. */
  current(): Generation;
  close(): Promise<void>;
};

export type SupergraphOptions = {
  file: string;
  create: (sdl: string) => Promise<Generation>;
  onReload: (outcome: 'ok' | 'error') => void;
  logger: Logger;
  /** How often to look at the file. Looking, because notifications do not cross every mount. */
  pollMs?: number;
};

/** So many of the most asked operations are prepared before a new supergraph is taken over. */
const WARM_OPERATIONS = 50;

/** Serves the supergraph in a file, and each one that takes its place; what cannot be served leaves the last one in place. */
export async function openSupergraph(options: SupergraphOptions): Promise<Supergraph> {
  const { create, onReload, logger, pollMs = 500 } = options;
  const file = resolve(options.file);
  const load = async () => create(await read(file));
  let current = await load().catch((error: unknown) => {
    throw new Error(`cannot serve the supergraph ${file}: ${reasonOf(error)}`, { cause: error });
  });
  let isClosed = false;
  let isStale = false;

  const reload = async (): Promise<void> => {
    if (isClosed) return;
    try {
      const sdl = await read(file);
      if (idOf(sdl) === current.id) {
        // A file may be seen to change twice while it is written once: only a return to what is served is news.
        if (isStale) onReload('ok');
        isStale = false;
        return;
      }
      const next = await create(sdl);
      // Nobody who asks what others ask all the time is to wait for a plan.
      await next.warm(current.hottest(WARM_OPERATIONS));
      const last = current;
      current = next;
      last.retire();
      isStale = false;
      onReload('ok');
      logger.info({ supergraph: current.id.slice(0, 12) }, 'a new supergraph is served');
    } catch (error) {
      isStale = true;
      onReload('error');
      logger.error({ file, reason: reasonOf(error) }, 'the new supergraph cannot be served; the last one still is');
    }
  };

  // One after the other: the file may change again while its last state is being loaded.
  let loading: Promise<void> = Promise.resolve();
  const onChange = () => {
    loading = loading.then(reload);
  };
  watchFile(file, { interval: pollMs }, onChange);
  logger.info({ file, supergraph: current.id.slice(0, 12) }, 'a supergraph is served');

  return {
    current: () => current,
    async close() {
      isClosed = true;
      unwatchFile(file, onChange);
      await loading;
      current.retire();
    },
  };
}

async function read(file: string): Promise<string> {
  const sdl = await readFile(file, 'utf8');
  if (sdl.trim() === '') throw new Error('the file is empty');
  return sdl;
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
