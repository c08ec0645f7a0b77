import { type ColdPlans, coldPlans } from './cold-plans.ts';
import { canHoldToQuota } from './cpu-quota.ts';
import type { Gateway, Gateways } from './gateways.ts';
import type { NodeLine } from './node-lines.ts';
import { type Bench, CONNECTIONS, type Comparison, compare, type Load, type Refused, refuse } from './scenarios.ts';
import { mediaShape } from './shapes/media-shape.ts';
import { reviewsShape } from './shapes/reviews-shape.ts';

export const PARTS = ['reviews', 'media', 'hits', 'latency', 'cold', 'cores'] as const;

/** Everything that was measured on one line of Node. */
export type Outcome = {
  readonly line: NodeLine;
  readonly reviews: Comparison;
  readonly media: Comparison;
  readonly hits: Comparison;
  readonly viewersHits: Comparison;
  readonly latency: Comparison;
  readonly cold: { readonly figures: readonly ColdPlans[]; readonly refused: readonly Refused[] };
  /** One worker and two. */
  readonly workers: Comparison;
};

/** Two workers held to this leave the load enough of two cores. */
export const WORKER_QUOTA = 0.6;

type Wanted = { parts: ReadonlySet<string>; isQuick: boolean };

/** A quick measurement leaves out what no target is about. */
export async function measure(bench: Bench, line: NodeLine, gateways: Gateways, wanted: Wanted): Promise<Outcome> {
  const { stock, stockCached, stockRedis, ours, oursEd25519, oursPassing, oursRedis, oursWorkers, floor } = gateways;
  const { hive, hiveRust, grafbase } = gateways;
  const ifFull = (gateway: Gateway | undefined) => (wanted.isQuick ? undefined : gateway);
  const ifRedis = (gateway: Gateway | undefined) => (bench.redisUrl === undefined ? undefined : gateway);
  const plain: Load = { shape: reviewsShape, mode: 'plain', connections: CONNECTIONS, from: 'strangers' };
  const hit: Load = { ...plain, mode: 'cacheable' };
  const compareIf = (part: string, of: readonly (Gateway | undefined)[], load: Load) =>
    compare(bench, wanted.parts.has(part) ? of.filter((gateway) => gateway !== undefined) : [], load);
  return {
    line,
    reviews: await compareIf(
      'reviews',
      [stock, ifFull(hive), hiveRust, grafbase, ours, ifFull(oursEd25519), oursPassing, ifFull(floor)],
      plain,
    ),
    media: await compareIf('media', [stock, hiveRust, grafbase, ours, ifFull(oursEd25519), oursPassing], {
      ...plain,
      shape: mediaShape,
    }),
    hits: await compareIf('hits', [stockCached, ifFull(ifRedis(stockRedis)), ours, ifRedis(oursRedis), floor], {
      ...hit,
      from: 'nobody',
    }),
    viewersHits: await compareIf('hits', [stockCached, ours, ifRedis(oursRedis)].map(ifFull), {
      ...hit,
      from: 'regulars',
    }),
    latency: await compareIf('latency', [stock, ours], { ...plain, mode: 'slow', connections: 1 }),
    cold: wanted.parts.has('cold') ? await coldPlansOf(bench, line, [stock, ours]) : { figures: [], refused: [] },
    workers: await compareIf('cores', [ours, oursWorkers], {
      ...plain,
      cores: '0,1',
      quota: canHoldToQuota() ? WORKER_QUOTA : undefined,
    }),
  };
}

async function coldPlansOf(bench: Bench, line: NodeLine, gateways: readonly Gateway[]): Promise<Outcome['cold']> {
  const figures: ColdPlans[] = [];
  const refused: Refused[] = [];
  for (const gateway of gateways)
    await coldPlans(bench, line, gateway, reviewsShape).then(
      (found) => figures.push(found),
      (error: unknown) => refused.push(refuse(gateway, error)),
    );
  return { figures, refused };
}
