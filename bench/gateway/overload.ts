import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Asked, createGatewayClient, type GatewayClient } from './client.ts';
import { listGateways } from './gateways.ts';
import { browsing, checkout, LIMITED, limitedShape } from './overload-load.ts';
import { installPeers } from './peers.ts';
import { startGateway } from './running-gateway.ts';

/**
 * What ours does with ten times as much as the service behind it can do, on this machine and over loopback: first the most that
 * is answered, then ten times as many requests, sent whether or not the others have been answered, then half of what can be done.
 * `node bench/gateway/overload.ts` takes about forty seconds.
 */
const CONNECTIONS = 32;
const FLOOD_CONNECTIONS = 2_000;
const TIMES = 10;
const [WARM_UP_S, CALIBRATE_S, FLOOD_S, AFTER_S] = [5, 5, 15, 5];
/** An answer that comes later is of no use to whoever asked. */
const PATIENCE_MS = 2_000;
/** Of what it can do at most, that many are mutations, calm or flooded. */
const CHECKOUT_SHARE = 0.1;
const STEP_MS = 5;

type Outcome = { name: string; sent: number; good: number; late: number; refused: number; failed: number };
type Told = Outcome & { goodMs: number[]; refusedMs: number[] };

async function main(): Promise<void> {
  const root = resolve(import.meta.dirname, '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'entrepot-bench-overload-'));
  const subgraphs = fork(join(import.meta.dirname, 'programs', 'limited-process.ts'));
  try {
    const [message] = await once(subgraphs, 'message');
    const { url } = z.object({ url: z.string() }).parse(message);
    const gateway = await startGateway(listGateways(root, installPeers(root)).oursPassing, {
      folder,
      shape: limitedShape,
      subgraphsUrl: url,
      jwksUrl: '',
      redisUrl: undefined,
      cores: undefined,
    });
    try {
      await measure(gateway.url);
    } finally {
      await gateway.stop();
    }
  } finally {
    subgraphs.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(url: string): Promise<void> {
  const [browse, buy] = [browsing.map(asked), checkout.map(asked)];
  const calm = createGatewayClient(url, CONNECTIONS);
  await closedLoop(calm, browse, WARM_UP_S);
  const most = (await closedLoop(calm, browse, CALIBRATE_S)) / CALIBRATE_S;
  await calm.close();
  console.log(`the service can do ${(LIMITED.parallel * 1_000) / LIMITED.workMs} a second`);
  console.log(`at most ${most.toFixed(0)} answers a second over ${CONNECTIONS} connections`);

  const flood = createGatewayClient(url, FLOOD_CONNECTIONS);
  const checkoutPerS = most * CHECKOUT_SHARE;
  const during = await Promise.all([
    openLoop(flood, 'browsing', browse, most * TIMES - checkoutPerS, FLOOD_S),
    openLoop(flood, 'checkout', buy, checkoutPerS, FLOOD_S),
  ]);
  print(`${TIMES} times as much`, during, FLOOD_S);
  const good = during.reduce((sum, told) => sum + told.good, 0) / FLOOD_S;
  console.log(`goodput ${((100 * good) / most).toFixed(0)} % of the most`);

  const after: Told[] = [];
  for (let second = 1; second <= AFTER_S; second++) {
    const told = await openLoop(flood, `browsing in second ${second}`, browse, most / 2, 1);
    after.push(told);
  }
  print('half as much, afterwards', after, 1);
  await flood.close();
}

/** An answer with data and without errors is right: the service always says the same. */
function asked({ query }: { query: string }): Asked {
  const wrong = (answer: Buffer) => {
    const { data, errors } = JSON.parse(answer.toString('utf8'));
    return data && errors === undefined ? undefined : 'no data, or errors';
  };
  const body = JSON.stringify({ query, variables: query.includes('$page') ? { page: 1 } : {} });
  return { body, wrong, isRight: (answer) => wrong(answer) === undefined };
}

/** How many right answers there were. */
async function closedLoop(client: GatewayClient, operations: readonly Asked[], seconds: number): Promise<number> {
  const until = performance.now() + seconds * 1_000;
  let right = 0;
  const ask = async (first: number) => {
    for (let turn = first; performance.now() < until; turn++) {
      const operation = operations[turn % operations.length];
      if (operation && (await client.ask(operation, someone()))) right++;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, first) => ask(first)));
  return right;
}

/** Sends so many a second, whatever has become of those before. */
async function openLoop(
  client: GatewayClient,
  name: string,
  operations: readonly Asked[],
  perSecond: number,
  seconds: number,
): Promise<Told> {
  const told: Told = { name, sent: 0, good: 0, late: 0, refused: 0, failed: 0, goodMs: [], refusedMs: [] };
  const running = new Set<Promise<void>>();
  const send = async (operation: Asked) => {
    const began = performance.now();
    try {
      const { status, body } = await client.send(operation, someone());
      const ms = performance.now() - began;
      if (status === 503) {
        told.refused++;
        told.refusedMs.push(ms);
      } else if (status !== 200 || !operation.isRight(body)) told.failed++;
      else if (ms > PATIENCE_MS) told.late++;
      else {
        told.good++;
        told.goodMs.push(ms);
      }
    } catch {
      told.failed++;
    }
  };
  const began = performance.now();
  while (performance.now() - began < seconds * 1_000) {
    const due = ((performance.now() - began) / 1_000) * perSecond;
    for (; told.sent < due; told.sent++) {
      const operation = operations[told.sent % operations.length];
      if (!operation) continue;
      const sent = send(operation).finally(() => running.delete(sent));
      running.add(sent);
    }
    await sleep(STEP_MS);
  }
  await Promise.all(running);
  return told;
}

let people = 0;
/** Nobody who has asked before: nothing can be shared. */
const someone = () => `Basic ${++people}`;

function print(title: string, all: readonly Told[], seconds: number): void {
  console.log(title);
  for (const { name, sent, good, late, refused, failed, goodMs, refusedMs } of all)
    console.log(
      `  ${name}: ${perSecond(sent, seconds)} sent, ${perSecond(good, seconds)} good (p50 ${at(goodMs, 0.5)} p99 ${at(goodMs, 0.99)} ms), ` +
        `${perSecond(refused, seconds)} refused (p50 ${at(refusedMs, 0.5)} p99 ${at(refusedMs, 0.99)} ms) a second; ${late} late, ${failed} failed`,
    );
}

const perSecond = (count: number, seconds: number) => (count / seconds).toFixed(0);
const at = (values: readonly number[], part: number) =>
  (values.toSorted((a, b) => a - b)[Math.floor(values.length * part)] ?? 0).toFixed(1);

await main();
