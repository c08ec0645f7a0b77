import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { GATEWAY_CORE, pinToLoadCore } from './cores.ts';
import { createFloodClient, createRequests } from './flood-client.ts';
import { listGateways } from './gateways.ts';
import { closedLoop, type OpenLoop, openLoop, print, type Question, type Told } from './open-loop.ts';
import { browsing, checkout, ENDLESS, LIMITED, limitedShape } from './overload-load.ts';
import { installPeers } from './peers.ts';
import { type RunningGateway, startGateway } from './running-gateway.ts';

/**
 * What ours does with ten times as much as can be done, on this machine and over loopback: first the most that is answered,
 * then ten times as many requests, sent whether or not the others have been answered, then half of what can be done. Once where a
 * service behind it is what is short, once where it is the gateway's own CPU. The gateway has core 0 for itself; load and
 * subgraphs share core 1. `node bench/gateway/overload.ts` takes about a minute; `--only service` or `--only cpu` half of it.
 */
const CONNECTIONS = 32;
const FLOOD_CONNECTIONS = 2_000;
const TIMES = 10;
const [WARM_UP_S, CALIBRATE_S, FLOOD_S, AFTER_S] = [5, 5, 10, 3];
/** An answer that comes later is of no use to whoever asked. */
const PATIENCE_MS = 2_000;
/** Of what it can do at most, that many are checkout, calm or flooded. */
const CHECKOUT_SHARE = 0.1;
const DATA = Buffer.from('{"data":{');

const scenarios: Readonly<Record<string, { readonly title: string; readonly args: string[] }>> = {
  service: { title: `a service is short: it can do ${(LIMITED.parallel * 1_000) / LIMITED.workMs} a second`, args: [] },
  cpu: { title: `the gateway's CPU is short: answers of ${ENDLESS.things} objects, made at once`, args: ['endless'] },
};

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string', default: 'service,cpu' } } });
  for (const name of values.only.split(',')) {
    const scenario = scenarios[name];
    if (!scenario) throw new Error(`there is no '${name}', but ${Object.keys(scenarios).join(' and ')}`);
    console.log(scenario.title);
    await run(scenario.args);
  }
}

async function run(args: string[]): Promise<void> {
  const root = resolve(import.meta.dirname, '..', '..');
  const folder = mkdtempSync(join(tmpdir(), 'entrepot-bench-overload-'));
  const subgraphs = fork(join(import.meta.dirname, 'programs', 'limited-process.ts'), args);
  try {
    const [message] = await once(subgraphs, 'message');
    const { url } = z.object({ url: z.string() }).parse(message);
    const gateway = await startGateway(listGateways(root, installPeers(root)).oursPassing, {
      folder,
      shape: limitedShape,
      subgraphsUrl: url,
      jwksUrl: '',
      redisUrl: undefined,
      cores: isPinned ? GATEWAY_CORE : undefined,
    });
    try {
      await measure(gateway);
    } finally {
      await gateway.stop();
    }
  } finally {
    subgraphs.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure({ url, cpuS }: RunningGateway): Promise<void> {
  const [browse, buy] = [browsing.map(asked), checkout.map(asked)];
  const loop: OpenLoop = {
    client: await createFloodClient(url, FLOOD_CONNECTIONS),
    bytesOf: createRequests(url),
    patienceMs: PATIENCE_MS,
  };
  await closedLoop(loop, [...browse, ...buy], CONNECTIONS, WARM_UP_S);
  const most = (await closedLoop(loop, browse, CONNECTIONS, CALIBRATE_S)) / CALIBRATE_S;
  console.log(`at most ${most.toFixed(0)} answers a second over ${CONNECTIONS} connections`);

  const perSecond = most * CHECKOUT_SHARE;
  const [gatewayBefore, loadBefore] = [cpuS(), process.cpuUsage()];
  const [browsed, bought] = await Promise.all([
    openLoop(loop, { name: 'browsing', questions: browse, perSecond: most * TIMES - perSecond }, FLOOD_S),
    openLoop(loop, { name: 'checkout', questions: buy, perSecond }, FLOOD_S),
  ]);
  print(`${TIMES} times as much`, [browsed, bought], FLOOD_S);
  const { user, system } = process.cpuUsage(loadBefore);
  console.log(
    `CPU: gateway ${(cpuS() - gatewayBefore).toFixed(1)} s, load ${((user + system) / 1e6).toFixed(1)} s of ${FLOOD_S}`,
  );
  const good = (browsed.good + bought.good) / FLOOD_S;
  console.log(`goodput ${((100 * good) / most).toFixed(0)} % of the most`);

  const after: Told[] = [];
  for (let second = 1; second <= AFTER_S; second++)
    after.push(
      await openLoop(loop, { name: `browsing in second ${second}`, questions: browse, perSecond: most / 2 }, 1),
    );
  print('half as much, afterwards', after, 1);
  loop.client.close();
}

/** An answer with data and without errors is right: the service always says the same, but for what is left of a budget. */
function asked({ query }: { query: string }): Question {
  const isRight = (answer: Buffer) => answer.subarray(0, 9).equals(DATA) && !answer.includes('"errors"');
  return { body: JSON.stringify({ query, variables: query.includes('$page') ? { page: 1 } : {} }), isRight };
}

const isPinned = pinToLoadCore();
await main();
