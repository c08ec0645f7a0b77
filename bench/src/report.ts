import type { Usage } from './processes.ts';
import type { Measured, Part } from './scenario.ts';

/** What the peer of docs/benchmarks.md spent on the same work, in CPU ms each; the only figures compared across runs. */
const PEER_CPU_MS: Readonly<Record<string, number>> = {
  'product page, cold': 11.6,
  'list of 24 with price and stock, cold': 21.7,
  'search with one filter, cold': 52.8,
  'guest checkout of 3 lines, 16 shoppers': 207,
};

/** The figures of one run as a Markdown table. */
export function report(measured: readonly Measured[], memory: Readonly<Record<Part, Usage>>): string {
  const rows = measured.map(({ name, sample, cpuS, cpuMsEach, facts }) => {
    const peer = PEER_CPU_MS[name];
    const share = peer === undefined ? '' : `1/${(peer / cpuMsEach).toFixed(1)}`;
    const split = Object.entries(cpuS)
      .map(([part, seconds]) => `${part} ${((seconds * 1000) / sample.requests).toFixed(2)}`)
      .join(' + ');
    const cells = [
      name,
      (sample.requests / sample.seconds).toFixed(0),
      `${sample.p50Ms.toFixed(1)} / ${sample.p95Ms.toFixed(1)} / ${sample.p99Ms.toFixed(1)}`,
      `${cpuMsEach.toFixed(2)} = ${split}`,
      share,
      String(sample.failed),
      facts.join('; '),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const parts = Object.entries(memory).map(([part, { memoryMiB }]) => `${part} ${memoryMiB.toFixed(0)}`);
  const total = Object.values(memory).reduce((sum, { memoryMiB }) => sum + memoryMiB, 0);
  return [
    '| | a second | p50 / p95 / p99 ms | CPU ms each | of the peer | failed | |',
    '|:--|--:|--:|:--|--:|--:|:--|',
    ...rows,
    '',
    `Memory at the end (MiB, proportional): ${parts.join(', ')}; together ${total.toFixed(0)}.`,
  ].join('\n');
}
