import { monitorEventLoopDelay } from 'node:perf_hooks';
import { closedLoopFor, percentile, type Sample } from '../src/load.ts';
import { type Asked, createGatewayClient, prepareOperations } from './client.ts';
import { GATEWAY_CORE, idleS, LOAD_CORE } from './cores.ts';
import { holdToQuota } from './cpu-quota.ts';
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
  /** Whether the gateway has a core for itself. */
  readonly isPinned: boolean;
  readonly warmUpS: number;
  /** Many short ones: the speed of a shared machine changes within seconds, and all gateways are to have the same of it. */
  readonly rounds: number;
  readonly roundS: number;
};

export const CONNECTIONS = 50;
const LOOK_EVERY_MS = 2;

/** The medians of all rounds, and the percentiles of all their requests. */
export type Figures = {
  readonly name: string;
  readonly label: string;
  readonly cpuSPer1000: number;
  /** Those that were answered rightly. */
  readonly requestsPerS: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly peakMiB: number;
  readonly subgraphRequests: number;
  /** How much of the time the gateway's core and that of load and subgraphs were busy, with whatever. */
  readonly gatewayCoreBusy: number;
  readonly loadCoreBusy: number;
  /** By how much the load generator was late at p99 to see what has arrived: no latency below is the gateway's. */
  readonly loadLateMs: number;
  /** Of all rounds. */
  readonly requests: number;
  /** Wrong answers are failures. */
  readonly failed: number;
};

type Mode = 'plain' | 'cacheable' | 'slow';
/** Whose requests they are: each of another viewer, of a thousand viewers in turn, or of nobody. */
type From = 'strangers' | 'regulars' | 'nobody';
export type Load = {
  from: From;
  shape: Shape;
  mode: Mode;
  connections: number;
  cores?: string | undefined;
  /** The part of a core that each process of the gateway may use; undefined for all of it. */
  quota?: number | undefined;
};

/** What could be measured, and why the others could not: a fast wrong answer is none. */
export type Comparison = { readonly figures: readonly Figures[]; readonly refused: readonly Refused[] };
export type Refused = { readonly label: string; readonly reason: string };

/** Measures gateways one after the other, in rounds, so that the mood of the machine spreads over all of them. */
export async function compare(bench: Bench, gateways: readonly Gateway[], load: Load): Promise<Comparison> {
  const operations = prepareOperations(load.shape);
  const measured: Measured[] = [];
  const refused: Refused[] = [];
  const quotas: (() => void)[] = [];
  try {
    for (const gateway of gateways) {
      const running = await startRight(bench, gateway, load, operations).catch((error: unknown) => {
        refused.push(refuse(gateway, error));
      });
      if (running) measured.push({ running, rounds: [] });
      if (running && load.quota !== undefined) quotas.push(holdToQuota(running.pid, load.quota));
    }
    for (const { running } of measured) await run(bench, running, operations, load, bench.warmUpS);
    for (let round = 0; round < bench.rounds; round++)
      for (const { running, rounds } of measured) {
        await run(bench, running, operations, load, bench.roundS / 4);
        rounds.push(await run(bench, running, operations, load, bench.roundS));
      }
    const ended = measured.filter(({ running }) => !running.isRunning());
    for (const { running } of ended) refused.push({ label: running.label, reason: 'ended while it was measured' });
    return { figures: measured.filter((one) => !ended.includes(one)).map(summarize), refused };
  } finally {
    for (const { running } of measured) await running.stop();
    for (const lift of quotas) lift();
  }
}

export function refuse({ label }: Gateway, error: unknown): Refused {
  const reason = error instanceof Error ? error.message : String(error);
  console.error(`refused: ${label}: ${reason}`);
  return { label, reason };
}

/** @throws when it does not start, or answers wrongly */
async function startRight(
  bench: Bench,
  gateway: Gateway,
  load: Load,
  operations: readonly Asked[],
): Promise<RunningGateway> {
  const running = await startGateway(gateway, settingOf(bench, load));
  const client = createGatewayClient(running.url);
  try {
    for (const operation of operations) {
      const { status, body } = await client.send(operation, authorizationOf(bench, load.from, running));
      const wrong = status === 200 ? operation.wrong(body) : `status ${status}: ${body.toString('utf8').slice(0, 500)}`;
      if (wrong !== undefined) throw new Error(`answers wrongly: ${wrong}`);
    }
    return running;
  } catch (error) {
    await running.stop();
    throw error;
  } finally {
    client.close();
  }
}

type Round = Sample & {
  cpuS: number;
  subgraphRequests: number;
  gatewayCoreBusy: number;
  loadCoreBusy: number;
  loadLateMs: number;
};
type Measured = { running: RunningGateway; rounds: Round[] };

export const settingOf = (bench: Bench, { shape, mode, cores = bench.isPinned ? GATEWAY_CORE : undefined }: Load) => ({
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
  const client = createGatewayClient(running.url);
  const asked = () => fetch(`${bench.subgraphsUrl}/requests`).then((response) => response.text());
  const before = {
    cpuS: running.cpuS(),
    asked: Number(await asked()),
    gateway: idleS(GATEWAY_CORE),
    load: idleS(LOAD_CORE),
  };
  const delays = monitorEventLoopDelay({ resolution: LOOK_EVERY_MS });
  delays.enable();
  const sample = await closedLoopFor(seconds, connections, async (index) => {
    const operation = operations[index % operations.length];
    return operation !== undefined && (await client.ask(operation, authorizationOf(bench, from, running)));
  });
  delays.disable();
  const loadLateMs = Math.max(0, delays.percentile(99) / 1e6 - LOOK_EVERY_MS);
  const cpuS = running.cpuS() - before.cpuS;
  const gatewayCoreBusy = 1 - (idleS(GATEWAY_CORE) - before.gateway) / sample.seconds;
  const loadCoreBusy = 1 - (idleS(LOAD_CORE) - before.load) / sample.seconds;
  const subgraphRequests = Number(await asked()) - before.asked;
  client.close();
  const { name } = running;
  console.error(
    `${name}: ${(sample.requests / sample.seconds).toFixed(0)}/s, CPU ${((cpuS * 1000) / sample.requests).toFixed(2)} s/1000, p50 ${sample.p50Ms.toFixed(1)}, p99 ${sample.p99Ms.toFixed(1)}, busy ${percent(gatewayCoreBusy)} and ${percent(loadCoreBusy)} of the load, late ${loadLateMs.toFixed(1)}, failed ${sample.failed} ${client.firstFailure() ?? ''}`,
  );
  return { ...sample, cpuS, subgraphRequests, gatewayCoreBusy, loadCoreBusy, loadLateMs };
}

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

const authorizationOf = ({ issuer }: Bench, from: From, { name, tokens }: RunningGateway) =>
  from === 'strangers' ? issuer.next(name, tokens) : from === 'regulars' ? issuer.regular(name, tokens) : undefined;

function summarize({ running, rounds }: Measured): Figures {
  const of = (figure: (round: Round) => number) => median(rounds.map(figure));
  const latenciesMs = rounds.flatMap((round) => round.latenciesMs).toSorted((a, b) => a - b);
  return {
    name: running.name,
    label: running.label,
    cpuSPer1000: of(({ cpuS, requests }) => (cpuS * 1000) / requests),
    requestsPerS: of(({ requests, failed, seconds }) => (requests - failed) / seconds),
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    peakMiB: running.peakMemoryMiB(),
    subgraphRequests: of(({ subgraphRequests, requests }) => subgraphRequests / requests),
    gatewayCoreBusy: of((round) => round.gatewayCoreBusy),
    loadCoreBusy: of((round) => round.loadCoreBusy),
    loadLateMs: of((round) => round.loadLateMs),
    requests: rounds.reduce((sum, { requests }) => sum + requests, 0),
    failed: rounds.reduce((sum, { failed }) => sum + failed, 0),
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
