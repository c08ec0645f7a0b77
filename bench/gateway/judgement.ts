import { markdown } from './markdown.ts';
import type { Outcome } from './measure.ts';
import type { Comparison, Figures } from './scenarios.ts';

/** One of the targets, or a figure that helps to read one. */
type Row = {
  readonly what: string;
  readonly must?: number;
  readonly aim?: number;
  readonly isSmallBetter?: boolean;
  measured(outcome: Outcome): number | undefined;
};

/** A single refusal does not make a figure worthless; more of them would be cheap answers. */
const MAX_FAILED = 0.001;
const isFair = ({ failed, requests }: Figures) => failed <= requests * MAX_FAILED;

/** First to second, where both were measured and answered rightly. */
function ratio(
  of: Comparison,
  first: string,
  second: string,
  figure: (figures: Figures) => number,
): number | undefined {
  const one = (name: string) => of.figures.find((figures) => figures.name === name && isFair(figures));
  const [above, below] = [one(first), one(second)];
  return above && below && figure(above) / figure(below);
}

const cpu = ({ cpuSPer1000 }: Figures) => cpuSPer1000;

const ROWS: readonly Row[] = [
  {
    what: 'CPU a request, uncached, stock’s to ours',
    must: 7,
    aim: 10,
    measured: ({ reviews }) => ratio(reviews, 'stock', 'ours', cpu),
  },
  {
    what: '— with tokens of Ed25519',
    measured: ({ reviews }) => ratio(reviews, 'stock', 'ours-ed25519', cpu),
  },
  {
    what: 'the same, ours passing authorization on as stock does',
    must: 7,
    aim: 10,
    measured: ({ reviews }) => ratio(reviews, 'stock', 'ours-passing', cpu),
  },
  {
    what: 'the same, second shape',
    must: 7,
    aim: 10,
    measured: ({ media }) => ratio(media, 'stock', 'ours', cpu),
  },
  {
    what: '— with tokens of Ed25519',
    measured: ({ media }) => ratio(media, 'stock', 'ours-ed25519', cpu),
  },
  {
    what: 'second shape, passing authorization on',
    must: 7,
    aim: 10,
    measured: ({ media }) => ratio(media, 'stock', 'ours-passing', cpu),
  },
  {
    what: 'against Hive Gateway with its Rust planner',
    must: 3,
    aim: 4.5,
    measured: ({ reviews }) => ratio(reviews, 'hive-rust', 'ours', cpu),
  },
  {
    what: '— with tokens of Ed25519',
    measured: ({ reviews }) => ratio(reviews, 'hive-rust', 'ours-ed25519', cpu),
  },
  {
    what: 'the same, passing authorization on',
    must: 3,
    aim: 4.5,
    measured: ({ reviews }) => ratio(reviews, 'hive-rust', 'ours-passing', cpu),
  },
  {
    what: 'the same, second shape',
    must: 3,
    aim: 4.5,
    measured: ({ media }) => ratio(media, 'hive-rust', 'ours', cpu),
  },
  {
    what: '— with tokens of Ed25519',
    measured: ({ media }) => ratio(media, 'hive-rust', 'ours-ed25519', cpu),
  },
  {
    what: 'second shape, passing authorization on',
    must: 3,
    aim: 4.5,
    measured: ({ media }) => ratio(media, 'hive-rust', 'ours-passing', cpu),
  },
  {
    what: 'hit in process, against Apollo’s response cache plugin',
    must: 20,
    aim: 30,
    measured: ({ hits }) => ratio(hits, 'stock-cached', 'ours', cpu),
  },
  {
    what: '— where the floor of node:http is at',
    measured: ({ hits }) => ratio(hits, 'stock-cached', 'floor', cpu),
  },
  {
    what: 'hit in Redis, against the plugin in process',
    must: 5,
    aim: 6.5,
    measured: ({ hits }) => ratio(hits, 'stock-cached', 'ours-redis', cpu),
  },
  {
    what: 'p99 at 50 connections, ours to stock’s',
    must: 0.1,
    aim: 0.05,
    isSmallBetter: true,
    measured: ({ reviews }) => ratio(reviews, 'ours', 'stock', ({ p99Ms }) => p99Ms),
  },
  {
    what: 'one connection, 4 ms: p50, ours to stock’s',
    must: 0.78,
    aim: 0.73,
    isSmallBetter: true,
    measured: ({ latency }) => ratio(latency, 'ours', 'stock', ({ p50Ms }) => p50Ms),
  },
  {
    what: 'peak memory, ours to stock’s',
    must: 1,
    aim: 0.7,
    isSmallBetter: true,
    measured: ({ reviews }) => ratio(reviews, 'ours', 'stock', ({ peakMiB }) => peakMiB),
  },
  {
    what: 'longest block of the event loop, 1,000 cold plans (ms)',
    must: 50,
    aim: 20,
    isSmallBetter: true,
    measured: ({ cold }) => cold.figures.find(({ name, failed }) => name === 'ours' && failed === 0)?.blockedMs,
  },
  {
    what: 'throughput of two workers to one',
    must: 1.8,
    aim: 1.8,
    measured: ({ workers }) => ratio(workers, 'ours-workers', 'ours', ({ requestsPerS }) => requestsPerS),
  },
];

/** What was asked of ours, and what it did on each line of Node. */
export function judgement(outcomes: readonly Outcome[]): string {
  const heads = ['', 'must', 'aim', ...outcomes.flatMap(({ line }) => [`Node ${line.name}`, ''])];
  const rows = ROWS.map((row) => {
    const sign = row.isSmallBetter ? '≤' : '≥';
    const limits = [row.must, row.aim].map((limit) => (limit === undefined ? '' : `${sign} ${limit}`));
    return [row.what, ...limits, ...outcomes.flatMap((outcome) => verdict(row, row.measured(outcome)))];
  });
  return markdown(heads, rows);
}

function verdict({ must, aim, isSmallBetter }: Row, measured: number | undefined): string[] {
  if (measured === undefined) return ['not measured', ''];
  const meets = (limit: number) => (isSmallBetter ? measured <= limit : measured >= limit);
  const said = must === undefined || aim === undefined ? '' : meets(aim) ? 'aim met' : meets(must) ? 'met' : 'missed';
  return [measured.toFixed(2), said];
}
