import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closedLoop } from '../src/load.ts';
import { type Asked, createGatewayClient, prepareOperations } from './client.ts';
import { distinctOperations } from './distinct-operations.ts';
import type { Gateway } from './gateways.ts';
import type { NodeLine } from './node-lines.ts';
import { startGateway } from './running-gateway.ts';
import { type Bench, settingOf } from './scenarios.ts';
import type { Shape } from './shapes/shape.ts';

const COLD_OPERATIONS = 1_000;
const PROBE_EVERY_MS = 5;

export type ColdPlans = {
  readonly name: string;
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
export async function coldPlans(bench: Bench, line: NodeLine, gateway: Gateway, shape: Shape): Promise<ColdPlans> {
  const file = join(bench.folder, `${gateway.name}-event-loop`);
  const env = {
    EVENT_LOOP_FILE: file,
    NODE_OPTIONS: `--import=${line.program('bench/gateway/programs/watch-event-loop')}`,
  };
  const running = await startGateway(gateway, {
    ...settingOf(bench, { shape, mode: 'plain', connections: 4, from: 'strangers' }),
    env,
  });
  const client = createGatewayClient(running.url);
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
        await ask(client, cheap).catch(() => false);
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
      name: gateway.name,
      label: gateway.label,
      operations: COLD_OPERATIONS,
      failed: sample.failed,
      seconds: sample.seconds,
      probe: { p50Ms: at(0.5), p99Ms: at(0.99), mostMs: at(1) },
      blockedMs,
    };
  } finally {
    client.close();
    await running.stop();
  }

  function ask(client: ReturnType<typeof createGatewayClient>, asked: Asked | undefined): Promise<boolean> {
    return asked === undefined
      ? Promise.resolve(false)
      : client.ask(asked, bench.issuer.next(gateway.name, running.tokens));
  }
}
