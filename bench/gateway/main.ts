import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startRedis } from '@entrepot/servers/redis';
import { z } from 'zod';
import { type Gateway, type Gateways, listGateways } from './gateways.ts';
import { installPeers } from './peers.ts';
import { type Outcome, report } from './report.ts';
import { type Bench, CONNECTIONS, type ColdPlans, coldPlans, compare, type Load } from './scenarios.ts';
import { mediaShape } from './shapes/media-shape.ts';
import { reviewsShape } from './shapes/reviews-shape.ts';
import { startIssuer } from './tokens.ts';

const TOKENS = 40_000;
const FULL = { warmUpS: 10, roundS: 5 };
const QUICK = { warmUpS: 3, roundS: 2 };
const PARTS = ['reviews', 'media', 'hits', 'latency', 'cold', 'cores'] as const;

/** Measures our gateway and its peers in one run on this machine and writes RESULTS.md. */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', default: PARTS.join(',') },
      out: { type: 'string' },
    },
  });
  const wanted = new Set(values.only.split(','));
  const root = resolve(import.meta.dirname, '..', '..');
  const isPinned = pinTo('1');
  const gateways = listGateways(root, installPeers(root));
  const folder = mkdtempSync(join(tmpdir(), 'entrepot-bench-gateway-'));
  const subgraphs = fork(join(import.meta.dirname, 'programs', 'subgraphs-process.ts'));
  const redis = await startRedis();
  if (!('url' in redis)) console.error(`skipped: everything with Redis (${redis.unavailable})`);
  const issuer = await startIssuer(TOKENS);
  try {
    const [{ url: subgraphsUrl }] = z
      .tuple([z.object({ url: z.string() })])
      .parse((await once(subgraphs, 'message')).slice(0, 1));
    const bench: Bench = {
      folder,
      subgraphsUrl,
      issuer,
      redisUrl: 'url' in redis ? redis.url : undefined,
      gatewayCore: isPinned ? '0' : undefined,
      ...(values.quick ? QUICK : FULL),
    };
    const outcome = await measure(bench, gateways, wanted);
    const text = report(outcome, { isQuick: values.quick, isPinned, ...bench });
    console.log(text);
    // A part of the figures must not take the place of all of them.
    const out = values.out ?? (wanted.size === PARTS.length ? join(import.meta.dirname, 'RESULTS.md') : undefined);
    if (out !== undefined) writeFileSync(out, text);
  } finally {
    issuer.stop();
    subgraphs.kill();
    if ('url' in redis) await redis.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(bench: Bench, gateways: Gateways, wanted: ReadonlySet<string>): Promise<Outcome> {
  const { stock, stockCached, stockRedis, ours, oursPassing, oursRedis, oursWorkers, floor } = gateways;
  const { hive, hiveRust, grafbase } = gateways;
  const all = [stock, hive, hiveRust, grafbase, ours, oursPassing].filter((gateway) => gateway !== undefined);
  const caching = [stockCached, ours, ...(bench.redisUrl === undefined ? [] : [stockRedis, oursRedis])];
  const plain: Load = { shape: reviewsShape, mode: 'plain', connections: CONNECTIONS, from: 'strangers' };
  const hit: Load = { ...plain, mode: 'cacheable' };
  const compareIf = (part: string, of: readonly Gateway[], load: Load) =>
    wanted.has(part) ? compare(bench, of, load) : { figures: [], refused: [] };
  return {
    reviews: await compareIf('reviews', [...all, floor], plain),
    media: await compareIf('media', all, { ...plain, shape: mediaShape }),
    hits: await compareIf('hits', [...caching, floor], { ...hit, from: 'nobody' }),
    viewersHits: await compareIf('hits', caching, { ...hit, from: 'regulars' }),
    latency: await compareIf('latency', [stock, ours, oursPassing], { ...plain, mode: 'slow', connections: 1 }),
    cold: wanted.has('cold') ? await coldPlansOf(bench, [stock, ours]) : [],
    oneCore: await compareIf('cores', [ours], plain),
    bothCores: await compareIf('cores', [oursWorkers], { ...plain, cores: '0,1' }),
  };
}

async function coldPlansOf(bench: Bench, gateways: readonly Gateway[]): Promise<ColdPlans[]> {
  const found: ColdPlans[] = [];
  for (const gateway of gateways) found.push(await coldPlans(bench, gateway, reviewsShape));
  return found;
}

/** Keeps this process and all that it starts on one core, where there are two and a program to do it. */
function pinTo(core: string): boolean {
  try {
    if (availableParallelism() < 2) return false;
    execFileSync('taskset', ['-a', '-c', '-p', core, String(process.pid)], { stdio: 'ignore' });
    return true;
  } catch {
    console.error('processes cannot be pinned to cores here: the figures are those of the whole machine');
    return false;
  }
}

await main();
