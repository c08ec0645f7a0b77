import { arch, cpus } from 'node:os';
import { resolve } from 'node:path';
import { canHoldToQuota } from './cpu-quota.ts';
import { judgement } from './judgement.ts';
import { markdown } from './markdown.ts';
import { type Outcome, WORKER_QUOTA } from './measure.ts';
import { startFlags } from './node-lines.ts';
import type { Comparison, Refused } from './scenarios.ts';
import { mediaShape } from './shapes/media-shape.ts';
import { reviewsShape } from './shapes/reviews-shape.ts';

type Circumstances = { isQuick: boolean; isPinned: boolean; warmUpS: number; rounds: number; roundS: number };

/** The figures of one run as the page RESULTS.md. */
export function report(outcomes: readonly Outcome[], circumstances: Circumstances): string {
  const part = (title: string, table: (outcome: Outcome) => string) => [
    `## ${title}`,
    ...outcomes.flatMap((outcome) => [`### Node ${outcome.line.version}`, table(outcome)]),
  ];
  return [
    '# The gateway and its peers',
    method(outcomes, circumstances),
    '## What was asked of ours',
    'The targets were set on Node 20, where stock needs about twice the CPU that it needs on Node 24. We ship on Node 24.',
    judgement(outcomes),
    ...part(`Not cached: ${reviewsShape.title}`, ({ reviews }) => table(reviews)),
    ...part(`Not cached: ${mediaShape.title}`, ({ media }) => table(media)),
    ...part('The whole answer from the cache (87 KB, asked by nobody in particular)', ({ hits }) => table(hits)),
    ...part('The same, asked by a thousand viewers whose tokens ours verifies', ({ viewersHits }) =>
      table(viewersHits),
    ),
    ...part('One connection, subgraphs that take 4 ms', ({ latency }) => table(latency)),
    ...part('A thousand operations that have never been seen', coldTable),
    ...part('One worker and two', ({ workers }) => table(workers)),
    canHoldToQuota()
      ? `Each worker is held to ${100 * WORKER_QUOTA} % of a core, so that load and subgraphs have room on the same two cores.`
      : 'The load and the subgraphs run on the same cores as both workers, so throughput cannot double here.',
    '',
  ].join('\n\n');
}

function method(outcomes: readonly Outcome[], { isQuick, isPinned, warmUpS, rounds, roundS }: Circumstances): string {
  const [cpu] = cpus();
  const place = isPinned
    ? 'Each gateway has core 0 for itself; load and subgraphs share core 1.'
    : 'Processes could not be pinned to cores.';
  const seconds = `${warmUpS} s of warm-up a gateway, then ${rounds} interleaved rounds of ${roundS} s`;
  const flags = startFlags(resolve(import.meta.dirname, '..', '..')).join(' ') || 'none';
  const versions = outcomes.map(({ line }) => line.version).join(' and ');
  return `Written by \`npm run bench:gateway\` on ${new Date().toISOString().slice(0, 16)}Z, Node ${versions}, ${cpu?.model ?? arch()}, all in one run.${isQuick ? ' A quick run: the figures are rough.' : ''}

- Every gateway runs on the same Node, once on each line (Grafbase is a binary), with \`NODE_ENV=production\`, and is started as its documentation says: without flags for V8, but that ours on Node 24, which we ship on, has those of \`npm run gateway\` (${flags}); peers are from npm under \`.cache/bench-peers\`. ${place} Load and subgraphs always run on Node ${process.versions.node}.
- Ours is TypeScript. On Node 24 its sources run as they are, which is how we ship it; on Node 20 they run with their types stripped beforehand by Node's own stripper, after three functions that Node 20 lacks have been put there; no request of these calls one.
- Ours has its defaults but for two: it logs errors only, as Hive Gateway does here (stock logs nothing), and its rate limit counts and is too high to refuse anybody.
- The subgraphs answer from memory what they have computed once. ${seconds}; the median of the rounds counts, and for latencies the percentile of the requests of all rounds. CPU is that of the gateway's processes and all their threads, from \`/proc\`. Peak memory is the sum of \`VmHWM\` of its processes after the last round, start and warm-up included.
- 50 connections in a closed loop. Each request has an \`authorization\` of its own, so that nobody can join requests in flight. Peers pass it on to the subgraphs. Ours is measured verifying each token by JWKS (what it does in production; none of them has it seen before, but for those of the thousand viewers), and passing it on.
- All tokens are signed with RS256 (2,048 bits), which OpenID Connect makes mandatory and most identity providers sign with; only the line that says so has tokens signed with EdDSA (Ed25519), as our own users service signs them, which take longer to verify (a quick run leaves it out).
- Every answer is compared, to the last byte or as JSON, with that of a plain graphql-js execution over the merged data. Who answers wrongly is refused.
- “Busy” is how much of the time the gateway's core and that of load, subgraphs and Redis had something to do. Where the second is near 100 %, throughput and latencies are the load's and not the gateway's; CPU a request is not touched by that. “Late” is how long the load generator took at p99 to look at what had arrived: latencies hold that much of it.`;
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
    `${(100 * row.gatewayCoreBusy).toFixed(0)} / ${(100 * row.loadCoreBusy).toFixed(0)}`,
    row.loadLateMs.toFixed(1),
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
    'busy: gateway / load %',
    'load late p99 ms',
    'failed',
  ];
  return [markdown(heads, rows), ...refused.map(noteOf)].join('\n\n');
}

const noteOf = ({ label, reason }: Refused): string =>
  `Refused: ${label}: ${reason.replaceAll(/\s+/g, ' ').slice(0, 300)}`;

function coldTable({ cold: { figures, refused } }: Outcome): string {
  if (figures.length + refused.length === 0) return 'Not measured in this run.';
  const rows = figures.map(({ label, operations, seconds, failed, blockedMs, probe }) => [
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
  return [markdown(heads, rows), ...refused.map(noteOf)].join('\n\n');
}
