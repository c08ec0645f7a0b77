import cluster, { type Worker } from 'node:cluster';
import type { CacheStore } from '@entrepot/cache/cache-store';

type What = readonly string[] | 'everything';

/** The other workers of this gateway, whose caches are their own. */
export type Siblings = {
  /** Resolves when all of them have purged it. Rejects when that is uncertain. */
  purge(what: What): Promise<void>;
  /** What is done when one of them purges. */
  onPurge(act: (what: What) => Promise<void>): void;
};

const PURGE = 'gateway:purge';
/** `ask`: a worker asks the primary for it; `do`: the primary asks the others; `done` goes both ways. */
type Message = {
  readonly type: typeof PURGE;
  readonly step: 'ask' | 'do' | 'done';
  readonly id: number;
  readonly what?: What;
  readonly isDone?: boolean;
};
type Purge = { readonly waiting: Set<Worker>; readonly end: (isDone: boolean) => void };

/** A worker that says nothing for so long may serve what it should have purged. */
const LIMIT_MS = 1_000;

/** In the primary: lets what one worker purges be purged by all. */
export function relayPurges(): void {
  const serving = new Set<Worker>();
  const running = new Map<number, Purge>();
  let lastId = 0;

  const done = (worker: Worker, { waiting, end }: Purge, isDone: boolean) => {
    if (!waiting.delete(worker)) return;
    if (!isDone) end(false);
    else if (waiting.size === 0) end(true);
  };

  const start = (asker: Worker, asked: Message) => {
    const id = ++lastId;
    const waiting = new Set([...serving].filter((worker) => worker !== asker && worker.isConnected()));
    const end = (isDone: boolean) => {
      clearTimeout(limit);
      running.delete(id);
      if (asker.isConnected()) asker.send({ type: PURGE, step: 'done', id: asked.id, isDone });
    };
    const limit = setTimeout(() => end(false), LIMIT_MS);
    running.set(id, { waiting, end });
    for (const worker of waiting) worker.send({ ...asked, step: 'do', id });
    if (waiting.size === 0) end(true);
  };

  // One that does not listen yet has nothing kept.
  cluster.on('listening', (worker) => serving.add(worker));
  cluster.on('disconnect', (worker) => {
    serving.delete(worker);
    // It has taken with it what it had kept.
    for (const purge of running.values()) done(worker, purge, true);
  });
  cluster.on('message', (worker: Worker, message: unknown) => {
    if (!isPurge(message)) return;
    const purge = running.get(message.id);
    if (message.step === 'ask') start(worker, message);
    else if (purge) done(worker, purge, message.isDone === true);
  });
}

/** In a worker: the way to the others, which is through the primary. */
export function createSiblings(): Siblings {
  const asked = new Map<number, (isDone: boolean) => void>();
  let act: (what: What) => Promise<void> = async () => {};
  let lastId = 0;
  const send = (message: Message) => void process.send?.(message);

  process.on('message', (message: unknown) => {
    if (!isPurge(message)) return;
    const { step, id, what = [] } = message;
    if (step === 'done') asked.get(id)?.(message.isDone === true);
    if (step !== 'do') return;
    const answer = (isDone: boolean) => send({ type: PURGE, step: 'done', id, isDone });
    act(what).then(
      () => answer(true),
      () => answer(false),
    );
  });

  return {
    purge: (what) =>
      new Promise((resolve, reject) => {
        const id = ++lastId;
        const end = (isDone: boolean) => {
          clearTimeout(limit);
          asked.delete(id);
          if (isDone) resolve();
          else reject(new Error('not all workers are known to have purged'));
        };
        // The primary’s own limit comes first, unless it is not there any more.
        const limit = setTimeout(() => end(false), 2 * LIMIT_MS);
        asked.set(id, end);
        send({ type: PURGE, step: 'ask', id, what });
      }),
    onPurge(acts) {
      act = acts;
    },
  };
}

/** A store whose purges reach the stores of all workers. */
export function purgeEverywhere(store: CacheStore, siblings: Siblings): CacheStore {
  siblings.onPurge((what) => (what === 'everything' ? store.clear() : store.purge(what)));
  return {
    ...store,
    async purge(tags) {
      await store.purge(tags);
      if (tags.length > 0) await siblings.purge(tags);
    },
    async clear() {
      await store.clear();
      await siblings.purge('everything');
    },
  };
}

const isPurge = (message: unknown): message is Message =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === PURGE;
