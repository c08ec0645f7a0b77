import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { closedLoopFor } from '../src/load.ts';
import { usageOf } from '../src/processes.ts';
import { prepareOperations } from './client.ts';
import { canHoldToQuota, holdToQuota } from './cpu-quota.ts';
import { createFloodClient, createRequests } from './flood-client.ts';
import { listGateways } from './gateways.ts';
import { installPeers } from './peers.ts';
import { startGateway } from './running-gateway.ts';
import { reviewsShape } from './shapes/reviews-shape.ts';

/**
 * What several workers gain, where load and subgraphs have room: each worker may use a part of a core only, by a quota of the
 * kernel (a cgroup, so this needs root), and the rest of the machine is the load's. With two workers there is twice the quota; what
 * they answer in that time tells how well they scale, and what CPU each has used how evenly connections are shared out. The rounds
 * alternate, and the medians count. `node bench/gateway/workers-scaling.ts` takes about two minutes.
 */
const QUOTA = 0.3;
const WORKERS = [1, 2] as const;
const [SETTLE_S, WARM_UP_S, ROUND_S, ROUNDS] = [4, 6, 5, 3];
const CONNECTIONS = 50;

type Round = { answered: number; failed: number; cpuS: number; shares: number[] };

async function main(): Promise<void> {
  const root = resolve(import.meta.dirname, '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'entrepot-bench-workers-'));
  const subgraphs = fork(join(import.meta.dirname, 'programs', 'subgraphs-process.ts'));
  const rounds = new Map<number, Round[]>(WORKERS.map((count) => [count, []]));
  try {
    const [message] = await once(subgraphs, 'message');
    const { url } = z.object({ url: z.string() }).parse(message);
    for (let round = 0; round < ROUNDS; round++)
      for (const count of WORKERS) {
        const gateway = await startGateway(listGateways(root, installPeers(root)).oursPassing, {
          folder,
          shape: reviewsShape,
          subgraphsUrl: `${url}/plain/${reviewsShape.name}`,
          jwksUrl: '',
          redisUrl: undefined,
          cores: undefined,
          // The same program with and without: a primary process and so many workers.
          env: { WORKERS: String(count) },
        });
        const lift = holdToQuota(gateway.pid, QUOTA);
        try {
          // It answers as soon as one of them does; connections would all be that one's.
          await sleep(SETTLE_S * 1_000);
          rounds.get(count)?.push(await measure(gateway.url, gateway.pid, count));
        } finally {
          await gateway.stop();
          lift();
        }
      }
  } finally {
    subgraphs.kill();
    rmSync(folder, { recursive: true, force: true });
  }
  report(rounds);
}

async function measure(url: string, pid: number, count: number): Promise<Round> {
  const workers = count === 1 ? [pid] : childrenOf(pid);
  const client = await createFloodClient(url, CONNECTIONS);
  const bytesOf = createRequests(url);
  const [question] = prepareOperations(reviewsShape);
  if (!question) throw new Error('nothing to ask');
  const ask = async () => {
    const { status, body } = await client.send(bytesOf(question.body));
    return status === 200 && question.isRight(body);
  };
  try {
    await closedLoopFor(WARM_UP_S, CONNECTIONS, ask);
    const before = workers.map((worker) => usageOf(worker).cpuS);
    const { requests, failed, seconds } = await closedLoopFor(ROUND_S, CONNECTIONS, ask);
    const used = workers.map((worker, index) => usageOf(worker).cpuS - (before[index] ?? 0));
    const cpuS = used.reduce((sum, each) => sum + each, 0);
    return {
      answered: (requests - failed) / seconds,
      failed,
      cpuS: cpuS / requests,
      shares: used.map((each) => each / cpuS),
    };
  } finally {
    client.close();
  }
}

function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
}

function report(rounds: ReadonlyMap<number, readonly Round[]>): void {
  const median = (values: readonly number[]) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  for (const [count, all] of rounds) {
    const answered = median(all.map((round) => round.answered));
    const cpuMs = 1_000 * median(all.map((round) => round.cpuS));
    const shares = all.map((round) => round.shares.map((share) => `${(100 * share).toFixed(0)} %`).join(' and '));
    const failed = all.reduce((sum, round) => sum + round.failed, 0);
    console.log(
      `${count} of ${100 * QUOTA} % of a core: ${answered.toFixed(0)} a second, ${cpuMs.toFixed(2)} ms of CPU each, ` +
        `worker by worker ${shares.join('; ')}; ${failed} failed`,
    );
  }
  const [one, two] = WORKERS.map((count) => median((rounds.get(count) ?? []).map((round) => round.answered)));
  console.log(`throughput of two to one: ${((two ?? Number.NaN) / (one ?? Number.NaN)).toFixed(2)}`);
}

if (!canHoldToQuota()) throw new Error('this machine lets us hold no process to a quota');
await main();
