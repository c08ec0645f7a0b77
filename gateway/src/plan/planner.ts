import { Worker } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { Fault } from '@entrepot/kernel/fault';
import type { PlannerInput, PlannerReply, PlanQuestion, SupergraphFacts } from './planner-messages.ts';

export type Planner = {
  readonly facts: SupergraphFacts;
  /** @throws Fault when it cannot be planned, or not in time */
  plan(question: PlanQuestion): Promise<QueryPlan>;
  /** Ends the thread once it has nothing to do. What is asked later starts one again, for as long as it takes. */
  retire(): void;
};

export type PlannerOptions = {
  /** How long one plan may take, its waiting included. */
  timeoutMs?: number;
  maxWaiting?: number;
};

type Waiting = { question: PlanQuestion; settle: (outcome: QueryPlan | Fault) => void };
type Thread = { worker: Worker; facts: SupergraphFacts };

const START_TIMEOUT_MS = 60_000;

/** Plans in a thread of its own, one operation after the other. @throws when the supergraph cannot be planned for */
export async function startPlanner(supergraph: string, options: PlannerOptions = {}): Promise<Planner> {
  const { timeoutMs = 10_000, maxWaiting = 1_000 } = options;
  const queue: Waiting[] = [];
  let running: Waiting | undefined;
  let isRetired = false;

  let thread: Thread | undefined = await startThread(supergraph);
  const { facts } = thread;
  let isStarting = false;

  const finish = (outcome: QueryPlan | Fault) => {
    running?.settle(outcome);
    running = undefined;
    next();
  };
  const lose = (worker: Worker, reason: string) => {
    if (thread?.worker !== worker) return;
    thread = undefined;
    void worker.terminate();
    finish(new Fault('UNAVAILABLE', 'the operation could not be planned; try again', { cause: new Error(reason) }));
  };
  const watch = ({ worker }: Thread) => {
    worker.on('message', (reply: PlannerReply) => {
      if (reply.kind === 'planned') finish(reply.plan);
      else if (reply.kind === 'failed') finish(faultOf(reply));
    });
    worker.on('error', (error) => lose(worker, error.message));
    worker.on('exit', () => lose(worker, 'the planner’s thread ended'));
    // It alone is no reason to stay alive.
    worker.unref();
  };
  const next = () => {
    if (running) return;
    const waiting = queue[0];
    if (!waiting) {
      if (isRetired && thread) endThread(thread);
      return;
    }
    if (!thread) return restart();
    queue.shift();
    running = waiting;
    thread.worker.postMessage(waiting.question);
  };
  const restart = () => {
    if (isStarting) return;
    isStarting = true;
    startThread(supergraph)
      .then(
        (started) => {
          thread = started;
          watch(started);
        },
        (cause: unknown) => {
          const fault = new Fault('UNAVAILABLE', 'the operation could not be planned; try again', { cause });
          for (const waiting of queue.splice(0)) waiting.settle(fault);
        },
      )
      .finally(() => {
        isStarting = false;
        next();
      });
  };
  const endThread = ({ worker }: Thread) => {
    thread = undefined;
    void worker.terminate();
  };
  watch(thread);

  return {
    facts,
    plan: (question) =>
      new Promise((resolve, reject) => {
        if (queue.length >= maxWaiting)
          return reject(new Fault('UNAVAILABLE', 'too many operations wait to be planned; try again'));
        const timer = setTimeout(() => {
          const fault = new Fault('TIMEOUT', 'the operation could not be planned in time');
          const place = queue.indexOf(waiting);
          if (place !== -1) queue.splice(place, 1);
          waiting.settle(fault);
          // Nothing else can stop a planner that is lost in an operation.
          if (running === waiting && thread) lose(thread.worker, 'a plan took too long');
        }, timeoutMs);
        const waiting: Waiting = {
          question,
          settle(outcome) {
            clearTimeout(timer);
            if (outcome instanceof Fault) reject(outcome);
            else resolve(outcome);
          },
        };
        queue.push(waiting);
        next();
      }),
    retire() {
      isRetired = true;
      next();
    },
  };
}

function startThread(supergraph: string): Promise<Thread> {
  const workerData: PlannerInput = { supergraph };
  // It plans now and then, and needs none of the room that the thread that serves is given for what dies young.
  const resourceLimits = { maxYoungGenerationSizeMb: 16 };
  const worker = new Worker(new URL('./planner-worker.ts', import.meta.url), { workerData, resourceLimits });
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      worker.off('error', fail).off('exit', ended).off('message', begin);
    };
    const fail = (error: Error) => {
      settle();
      // On its way out it may fail once more.
      worker.on('error', () => {});
      void worker.terminate();
      reject(error);
    };
    const ended = () => fail(new Error('the planner ended before it was ready'));
    const begin = (reply: PlannerReply) => {
      if (reply.kind !== 'ready') return fail(new Error(reply.kind === 'unusable' ? reply.reason : 'no planner'));
      settle();
      resolve({ worker, facts: reply.facts });
    };
    const timer = setTimeout(() => fail(new Error('the planner did not start in time')), START_TIMEOUT_MS);
    worker.on('error', fail).on('exit', ended).on('message', begin);
  });
}

function faultOf({ reason, code }: Extract<PlannerReply, { kind: 'failed' }>): Fault {
  const cause = new Error(reason);
  if (code === 'QUERY_PLAN_COMPLEXITY_EXCEEDED' || /exceeds limit|reached the limit/.test(reason))
    return new Fault('OPERATION_TOO_LARGE', 'the operation has too many ways to be planned', { cause });
  if (/@defer is not supported on subscriptions/.test(reason))
    return new Fault('BAD_REQUEST', '@defer has no place in a subscription', { cause });
  return new Fault('INTERNAL_SERVER_ERROR', 'something went wrong on our side', { cause });
}
