import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closedLoop, closedLoopFor, type Sample } from '../src/load.ts';
import { type Asked, createGatewayClient, prepareOperations } from './client.ts';
import { distinctOperations } from './distinct-operations.ts';
import type { Gateway } from './gateways.ts';
import { type RunningGateway, startGateway } from './running-gateway.ts';
import type { Shape } from './shapes/shape.ts';
import type { Issuer } from './tokens.ts';

export type Bench = {
  readonly folder: string;
  /** Where the subgraphs are, without mode and shape. */
  readonly subgraphsUrl: string;
  readonly issuer: Issuer;
  readonly redisUrl: string | undefined;
  /** The core of the gateway; undefined where processes cannot be pinned. */
  readonly gatewayCore: string | undefined;
  readonly warmUpS: number;
  readonly roundS: number;
};

export const CONNECTIONS = 50;
const ROUNDS = 3;
const COLD_OPERATIONS = 1_000;
const PROBE_EVERY_MS = 5;

/** The medians of all rounds. */
export type Figures = {
  readonly name: string;
  readonly label: string;
  readonly cpuSPer1000: number;
  readonly requestsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly peakMiB: number;
  readonly subgraphRequests: number;
  /** Wrong answers are failures. */
  readonly failed: number;
};

type Mode = 'plain' | 'cacheable' | 'slow';
/** Whose requests they are: each of another viewer, of a thousand viewers in turn, or of nobody. */
type From = 'strangers' | 'regulars' | 'nobody';
export type Load = { from: From; shape: Shape; mode: Mode; connections: number; cores?: string | undefined };

/** What could be measured, and why the others could not: a fast wrong answer is none. */
export type Comparison = { readonly figures: readonly Figures[]; readonly refused: readonly Refused[] };
type Refused = { readonly label: string; readonly reason: string };

/** Measures gateways one after the other, in rounds, so that the mood of the machine spreads over all of them. */
export async function compare(bench: Bench, gateways: readonly Gateway[], load: Load): Promise<Comparison> {
  const operations = prepareOperations(load.shape);
  const measured: Measured[] = [];
  const refused: Refused[] = [];
  try {
    for (const gateway of gateways) {
      const running = await startRight(bench, gateway, load, operations).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        console.error(`refused: ${reason}`);
        refused.push({ label: gateway.label, reason });
      });
      if (running) measured.push({ running, rounds: [] });
    }
    for (const { running } of measured) await run(bench, running, operations, load, bench.warmUpS);
    for (let round = 0; round < ROUNDS; round++)
      for (const { running, rounds } of measured) {
        await run(bench, running, operations, load, bench.warmUpS / 10);
        rounds.push(await run(bench, running, operations, load, bench.roundS));
      }
    return { figures: measured.map(summarize), refused };
  } finally {
    for (const { running } of measured) await running.stop();
  }
}

/** @throws when it does not start, or answers wrongly */
async function startRight(
  bench: Bench,
  gateway: Gateway,
  load: Load,
  operations: readonly Asked[],
): Promise<RunningGateway> {
  const running = await startGateway(gateway, settingOf(bench, load));
  const client = createGatewayClient(running.url, 1);
  try {
    for (const operation of operations) {
      const { status, body } = await client.send(operation, authorizationOf(bench, load.from));
      const wrong = status === 200 ? operation.wrong(body) : `status ${status}: ${body.toString('utf8').slice(0, 500)}`;
      if (wrong !== undefined) throw new Error(`answers wrongly: ${wrong}`);
    }
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  } finally {
    await client.close();
  }
}

type Round = Sample & { cpuS: number; subgraphRequests: number };
type Measured = { running: RunningGateway; rounds: Round[] };

const settingOf = (bench: Bench, { shape, mode, cores = bench.gatewayCore }: Load) => ({
  folder: bench.folder,
  shape,
  subgraphsUrl: `${bench.subgraphsUrl}/${mode}/${shape.name}`,
  jwksUrl: bench.issuer.jwksUrl,
  redisUrl: bench.redisUrl,
  cores,
});

async function run(
  bench: Bench,
  running: RunningGateway,
  operations: readonly Asked[],
  { connections, from }: Load,
  seconds: number,
): Promise<Round> {
  const client = createGatewayClient(running.url, connections);
  const asked = () => fetch(`${bench.subgraphsUrl}/requests`).then((response) => response.text());
  const before = { cpuS: running.cpuS(), asked: Number(await asked()) };
  const sample = await closedLoopFor(seconds, connections, async (index) => {
    const operation = operations[index % operations.length];
    return operation !== undefined && (await client.ask(operation, authorizationOf(bench, from)));
  });
  const cpuS = running.cpuS() - before.cpuS;
  const subgraphRequests = Number(await asked()) - before.asked;
  await client.close();
  const { name } = running;
  console.error(
    `${name}: ${(sample.requests / sample.seconds).toFixed(0)}/s, CPU ${((cpuS * 1000) / sample.requests).toFixed(2)} s/1000, p50 ${sample.p50Ms.toFixed(1)}, p99 ${sample.p99Ms.toFixed(1)}, failed ${sample.failed}`,
  );
  return { ...sample, cpuS, subgraphRequests };
}

const authorizationOf = ({ issuer }: Bench, from: From) =>
  from === 'strangers' ? issuer.next() : from === 'regulars' ? issuer.regular() : undefined;

function summarize({ running, rounds }: Measured): Figures {
  const of = (figure: (round: Round) => number) => median(rounds.map(figure));
  return {
    name: running.name,
    label: running.label,
    cpuSPer1000: of(({ cpuS, requests }) => (cpuS * 1000) / requests),
    requestsPerS: of(({ requests, seconds }) => requests / seconds),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    peakMiB: running.peakMemoryMiB(),
    subgraphRequests: of(({ subgraphRequests, requests }) => subgraphRequests / requests),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

export type ColdPlans = {
  readonly label: string;
  readonly operations: number;
  readonly failed: number;
  readonly seconds: number;
  /** Of a cheap request that is sent beside, every few milliseconds, on a connection of its own. */
  readonly probe: { p50Ms: number; p99Ms: number; mostMs: number };
  /** By the gateway's own clock. */
  readonly blockedMs: number;
};

/** Sends operations that the gateway has never seen, and watches how long it does nothing else. */
export async function coldPlans(bench: Bench, gateway: Gateway, shape: Shape): Promise<ColdPlans> {
  const file = join(bench.folder, `${gateway.name}-event-loop`);
  const watch = join(import.meta.dirname, 'programs', 'watch-event-loop.ts');
  const env = { EVENT_LOOP_FILE: file, NODE_OPTIONS: `--import=${watch}` };
  const running = await startGateway(gateway, {
    ...settingOf(bench, { shape, mode: 'plain', connections: 4, from: 'strangers' }),
    env,
  });
  const client = createGatewayClient(running.url, 8);
  try {
    const [cheap] = prepareOperations(shape, [{ query: '{ __typename }', variables: {} }]);
    const operations = prepareOperations(shape, distinctOperations(COLD_OPERATIONS + 50));
    // A new process compiles its own code while it answers for the first time; that is not what is measured.
    await closedLoop(50, 4, async (index) => ask(client, operations[COLD_OPERATIONS + index]));
    const longest = async () => {
      process.kill(running.pid, 'SIGUSR2');
      await sleep(200);
      return Number(readFileSync(file, 'utf8'));
    };
    await longest();
    const latencies: number[] = [];
    let isDone = false;
    const probe = async () => {
      while (!isDone) {
        const began = performance.now();
        await ask(client, cheap);
        latencies.push(performance.now() - began);
        await sleep(PROBE_EVERY_MS);
      }
    };
    const probing = probe();
    const sample = await closedLoop(COLD_OPERATIONS, 4, async (index) => ask(client, operations[index]));
    isDone = true;
    await probing;
    latencies.sort((a, b) => a - b);
    const at = (share: number) => latencies[Math.ceil(share * latencies.length) - 1] ?? Number.NaN;
    const blockedMs = await longest();
    return {
      label: gateway.label,
      operations: COLD_OPERATIONS,
      failed: sample.failed,
      seconds: sample.seconds,
      probe: { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) },
      blockedMs,
    };
  } finally {
    await client.close();
    await running.stop();
  }

  function ask(client: ReturnType<typeof createGatewayClient>, asked: Asked | undefined): Promise<boolean> {
    return asked === undefined ? Promise.resolve(false) : client.ask(asked, bench.issuer.next());
  }
}
