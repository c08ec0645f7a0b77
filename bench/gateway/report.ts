import { arch, cpus } from 'node:os';
import type { ColdPlans, Comparison, Figures } from './scenarios.ts';
import { mediaShape } from './shapes/media-shape.ts';
import { reviewsShape } from './shapes/reviews-shape.ts';

export type Outcome = {
  readonly reviews: Comparison;
  readonly media: Comparison;
  readonly hits: Comparison;
  readonly viewersHits: Comparison;
  readonly latency: Comparison;
  readonly cold: readonly ColdPlans[];
  readonly oneCore: Comparison;
  readonly bothCores: Comparison;
};

type Circumstances = { isQuick: boolean; isPinned: boolean; warmUpS: number; roundS: number };

/** The figures of one run as the page RESULTS.md. */
export function report(outcome: Outcome, circumstances: Circumstances): string {
  const { reviews, media, hits, viewersHits, latency, cold, oneCore, bothCores } = outcome;
  return [
    '# The gateway and its peers',
    method(circumstances),
    '## What was asked of ours',
    judgement(outcome),
    `## Not cached: ${reviewsShape.title}`,
    table(reviews),
    `## Not cached: ${mediaShape.title}`,
    table(media),
    '## The whole answer from the cache (87 KB, asked by nobody in particular)',
    table(hits),
    '## The same, asked by a thousand viewers whose tokens ours verifies',
    table(viewersHits),
    '## One connection, subgraphs that take 4 ms',
    table(latency),
    '## A thousand operations that have never been seen',
    coldTable(cold),
    '## One core and both',
    table({ figures: [...oneCore.figures, ...bothCores.figures], refused: [...oneCore.refused, ...bothCores.refused] }),
    'With both cores the load and the subgraphs run on the same two, so throughput cannot double here.',
    '',
  ].join('\n\n');
}

function method({ isQuick, isPinned, warmUpS, roundS }: Circumstances): string {
  const [cpu] = cpus();
  const place = isPinned
    ? 'Each gateway has core 0 for itself; load and subgraphs share core 1.'
    : 'Processes could not be pinned to cores.';
  const seconds = `${warmUpS} s of warm-up a gateway, then three interleaved rounds of ${roundS} s`;
  return `Written by \`npm run bench:gateway\` on ${new Date().toISOString().slice(0, 16)}Z, Node ${process.versions.node}, ${cpu?.model ?? arch()}, all in one run.${isQuick ? ' A quick run: the figures are rough.' : ''}

- Every gateway runs on the same Node (Grafbase is a binary) and is started as its documentation says, peers from npm under \`.cache/bench-peers\`. ${place}
- The subgraphs answer from memory what they have computed once. ${seconds}; the median counts. CPU is that of the gateway's processes and threads, from \`/proc\`.
- 50 connections in a closed loop. Each request has an \`authorization\` of its own, so that nobody can join requests in flight. Peers pass it on to the subgraphs. Ours is measured twice: verifying each token by JWKS (what it does in production), and passing it on.
- Every answer is compared with that of a plain graphql-js execution over the merged data. Who answers wrongly is refused.
- Latencies of the fast ones are those of the load generator and the subgraphs on their one core as much as the gateway's.`;
}

type Row = readonly [what: string, measured: number | undefined, must: number, aim: number, isSmallBetter?: 'small'];

function judgement({ reviews, media, hits, latency, cold, oneCore, bothCores }: Outcome): string {
  const one = (of: Comparison, name: string) => of.figures.find((figures) => figures.name === name);
  const ratio = (of: Comparison, above: string, below: string, figure: (figures: Figures) => number) => {
    const [first, second] = [one(of, above), one(of, below)];
    return first && second && first.failed + second.failed === 0 ? figure(first) / figure(second) : undefined;
  };
  const cpu = ({ cpuSPer1000 }: Figures) => cpuSPer1000;
  const [together] = bothCores.figures;
  const [alone] = oneCore.figures;
  const rows: Row[] = [
    ['CPU a request, uncached, stock’s to ours', ratio(reviews, 'stock', 'ours', cpu), 7, 10],
    ['the same, ours passing authorization on as stock does', ratio(reviews, 'stock', 'ours-passing', cpu), 7, 10],
    ['the same, second shape', ratio(media, 'stock', 'ours', cpu), 7, 10],
    ['against Hive Gateway with its Rust planner', ratio(reviews, 'hive-rust', 'ours', cpu), 3, 4.5],
    ['the same, ours passing authorization on', ratio(reviews, 'hive-rust', 'ours-passing', cpu), 3, 4.5],
    ['the same, second shape', ratio(media, 'hive-rust', 'ours', cpu), 3, 4.5],
    ['hit in process, against Apollo’s response cache plugin', ratio(hits, 'stock-cached', 'ours', cpu), 20, 30],
    ['— where the floor of node:http is at', ratio(hits, 'stock-cached', 'floor', cpu), Number.NaN, Number.NaN],
    ['hit in Redis, against the plugin in process', ratio(hits, 'stock-cached', 'ours-redis', cpu), 5, 6.5],
    [
      'p99 at 50 connections, ours to stock’s',
      ratio(reviews, 'ours', 'stock', ({ p99Ms }) => p99Ms),
      0.1,
      0.05,
      'small',
    ],
    [
      'one connection, 4 ms: p50, ours to stock’s',
      ratio(latency, 'ours', 'stock', ({ p50Ms }) => p50Ms),
      0.78,
      0.73,
      'small',
    ],
    ['peak memory, ours to stock’s', ratio(reviews, 'ours', 'stock', ({ peakMiB }) => peakMiB), 1, 0.7, 'small'],
    ['longest block of the event loop, 1,000 cold plans (ms)', cold.at(-1)?.blockedMs, 50, 20, 'small'],
    ['throughput of both cores to one', together && alone && together.requestsPerS / alone.requestsPerS, 1.8, 1.8],
  ];
  return markdown(
    ['', 'measured', 'must', 'aim', ''],
    rows.map(([what, measured, must, aim, isSmallBetter]) => {
      const met = (limit: number) => measured !== undefined && (isSmallBetter ? measured <= limit : measured >= limit);
      const verdict =
        Number.isNaN(must) || measured === undefined ? '' : met(aim) ? 'aim met' : met(must) ? 'met' : 'missed';
      const sign = isSmallBetter ? '≤ ' : '≥ ';
      const limit = (value: number) => (Number.isNaN(value) ? '' : `${sign}${value}`);
      return [what, measured?.toFixed(2) ?? 'not measured', limit(must), limit(aim), verdict];
    }),
  );
}

function table({ figures, refused }: Comparison): string {
  if (figures.length + refused.length === 0) return 'Not measured in this run.';
  const [first] = figures;
  const rows = figures.map((row) => [
    row.label,
    row.cpuSPer1000.toFixed(3),
    first ? (first.cpuSPer1000 / row.cpuSPer1000).toFixed(1) : '',
    row.requestsPerS.toFixed(0),
    `${row.p50Ms.toFixed(1)} / ${row.p99Ms.toFixed(1)}`,
    row.peakMiB.toFixed(0),
    row.subgraphRequests.toFixed(1),
    String(row.failed),
  ]);
  const heads = [
    '',
    'CPU s / 1000',
    '× the first',
    'a second',
    'p50 / p99 ms',
    'peak MiB',
    'subgraph requests',
    'failed',
  ];
  const notes = refused.map(
    ({ label, reason }) => `Refused: ${label}: ${reason.replaceAll(/\s+/g, ' ').slice(0, 300)}`,
  );
  return [markdown(heads, rows), ...notes].join('\n\n');
}

function coldTable(cold: readonly ColdPlans[]): string {
  if (cold.length === 0) return 'Not measured in this run.';
  const rows = cold.map(({ label, operations, seconds, failed, blockedMs, probe }) => [
    label,
    (operations / seconds).toFixed(0),
    blockedMs.toFixed(0),
    `${probe.p50Ms.toFixed(1)} / ${probe.p99Ms.toFixed(1)} / ${probe.mostMs.toFixed(1)}`,
    String(failed),
  ]);
  const heads = [
    '',
    'a second',
    'event loop blocked at most, ms',
    '`{ __typename }` beside: p50 / p99 / max ms',
    'failed',
  ];
  return markdown(heads, rows);
}

const markdown = (heads: readonly string[], rows: readonly (readonly string[])[]): string =>
  [heads, heads.map((_, column) => (column === 0 ? ':--' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
