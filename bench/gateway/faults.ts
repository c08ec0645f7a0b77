import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { closedLoopFor } from '../src/load.ts';
import { GATEWAY_CORE, pinToLoadCore } from './cores.ts';
import { faultsShape, NEEDS_BOTH, NEEDS_GOODS } from './faults-load.ts';
import { createFloodClient, createRequests, type FloodClient } from './flood-client.ts';
import { listGateways } from './gateways.ts';
import { openLoop } from './open-loop.ts';
import { installPeers } from './peers.ts';
import { startGateway } from './running-gateway.ts';

/**
 * What ours makes of subgraphs in trouble, with real processes over loopback: replicas that fail a fifth of their requests, and a
 * subgraph that is gone. The gateway has core 0 for itself. `node bench/gateway/faults.ts` takes about a minute.
 */
const CONNECTIONS = 16;
const REPLICAS_S = 8;
const [ROUNDS, ROUND_S, SETTLE_S, MAX_SETTLES] = [3, 3, 1, 15];
/** Of each of both operations a second: well below what can be done, so that a wait tells of harm and not of load. */
const PER_SECOND = 150;

type Process = { child: ChildProcess; port: number };
type Subgraphs = { goods: readonly Process[]; people: Process };

async function main(): Promise<void> {
  console.log('two replicas, of which one fails a fifth of its requests');
  await withGateway([0.2, 0], replicas);
  console.log('two replicas that both fail a fifth');
  await withGateway([0.2, 0.2], replicas);
  console.log('a subgraph is gone');
  await withGateway([0], gone);
}

async function replicas(url: string, client: FloodClient): Promise<void> {
  const bytesOf = createRequests(url);
  const retries = () => metric(url, /^subgraph_retries_total{subgraph="goods",outcome="sent".*} (\d+)/m);
  const before = await retries();
  const { requests, failed } = await closedLoopFor(REPLICAS_S, CONNECTIONS, async () => {
    const { status, body } = await client.send(bytesOf(NEEDS_GOODS));
    return status === 200 && !body.includes('"errors"');
  });
  const sent = (await retries()) - before;
  console.log(
    `  ${requests} queries, ${failed} failed: ${(100 - (100 * failed) / requests).toFixed(3)} % answered, ` +
      `retries ${((100 * sent) / requests).toFixed(1)} % of the queries`,
  );
}

/** What does not need the subgraph, in turns while it is there and while it is not. */
async function gone(url: string, client: FloodClient, subgraphs: Subgraphs): Promise<void> {
  const loop = { client, bytesOf: createRequests(url), patienceMs: 2_000 };
  const plain = (answer: Buffer) => !answer.includes('"errors"');
  const partial = (answer: Buffer) => answer.includes('"name":"Thing 19"') && answer.includes('"code":"UNAVAILABLE"');
  const both = (isRight: typeof plain, seconds: number) =>
    Promise.all([
      openLoop(
        loop,
        { name: 'shelf', questions: [{ body: NEEDS_GOODS, isRight: plain }], perSecond: PER_SECOND },
        seconds,
      ),
      openLoop(loop, { name: 'makers', questions: [{ body: NEEDS_BOTH, isRight }], perSecond: PER_SECOND }, seconds),
    ]);
  /** Until the subgraph is asked again. */
  const settle = async () => {
    for (let time = 0; time < MAX_SETTLES; time++) {
      const [, makers] = await both(plain, SETTLE_S);
      if (makers.good === makers.sent) return;
    }
  };
  await settle();
  const [well, ill]: [number[], number[]] = [[], []];
  const [wrongWell, wrongIll] = [
    { shelf: 0, makers: 0 },
    { shelf: 0, makers: 0 },
  ];
  for (let round = 0; round < ROUNDS; round++) {
    const [shelf, makers] = await both(plain, ROUND_S);
    well.push(...shelf.goodMs);
    wrongWell.shelf += shelf.sent - shelf.good;
    wrongWell.makers += makers.sent - makers.good;
    await kill(subgraphs.people);
    const [shelfNow, makersNow] = await both(partial, ROUND_S);
    ill.push(...shelfNow.goodMs);
    wrongIll.shelf += shelfNow.sent - shelfNow.good;
    wrongIll.makers += makersNow.sent - makersNow.good;
    subgraphs.people = await startProcess(0, subgraphs.people.port);
    await settle();
  }
  console.log(`  there: ${told(well)}; not right: ${JSON.stringify(wrongWell)}`);
  console.log(`  gone:  ${told(ill)}; not right, or not partial with a code: ${JSON.stringify(wrongIll)}`);
  console.log(`  p95 of what does not need it: ${(at(ill, 0.95) / at(well, 0.95)).toFixed(2)} ×`);
}

async function withGateway(
  fails: readonly number[],
  act: (url: string, client: FloodClient, subgraphs: Subgraphs) => Promise<void>,
): Promise<void> {
  const root = resolve(import.meta.dirname, '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'entrepot-bench-faults-'));
  const goods = await Promise.all(fails.map((share) => startProcess(share)));
  const subgraphs = { goods, people: await startProcess(0) };
  const at = ({ port }: Process) => `http://127.0.0.1:${port}/`;
  const urls = `goods=${goods.map(at).join('|')},people=${at(subgraphs.people)}`;
  const gateway = await startGateway(listGateways(root, installPeers(root)).oursPassing, {
    folder,
    shape: faultsShape,
    subgraphsUrl: 'http://127.0.0.1:1',
    jwksUrl: '',
    redisUrl: undefined,
    cores: isPinned ? GATEWAY_CORE : undefined,
    env: { SUBGRAPH_URLS: urls },
  });
  try {
    const client = await createFloodClient(gateway.url, 2 * CONNECTIONS);
    await act(gateway.url, client, subgraphs);
    client.close();
  } finally {
    await gateway.stop();
    for (const each of [...goods, subgraphs.people]) await kill(each);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function startProcess(fails: number, port = 0): Promise<Process> {
  const file = join(import.meta.dirname, 'programs', 'flaky-process.ts');
  const child = fork(file, ['--fails', String(fails), '--port', String(port)]);
  const [message] = await once(child, 'message');
  return { child, port: z.object({ port: z.number() }).parse(message).port };
}

async function kill({ child }: Process): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  await sleep(0);
}

async function metric(url: string, pattern: RegExp): Promise<number> {
  const text = await (await fetch(new URL('/metrics', url))).text();
  return Number(pattern.exec(text)?.[1] ?? 0);
}

const at = (values: readonly number[], part: number) =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? Number.NaN;
const told = (values: readonly number[]) =>
  `${values.length} answers, p50 ${at(values, 0.5).toFixed(2)} p95 ${at(values, 0.95).toFixed(2)} ms`;

const isPinned = pinToLoadCore();
await main();
