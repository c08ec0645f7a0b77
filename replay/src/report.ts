import type { Invoices } from '@entrepot/data/invoices';
import type { Finding } from './audit.ts';
import type { Shelf } from './open-shop.ts';
import type { Replayed } from './send-invoices.ts';
import type { Tally } from './tally.ts';

export type Replay = {
  invoices: Invoices;
  shelf: Shelf;
  replayed: Replayed;
  shipped: number;
  findings: readonly Finding[];
};

/** The outcome of a replay for a person: what was read, sent, refused, how fast, and what the audit found. */
export function report({ invoices, shelf, replayed, shipped, findings }: Replay): string {
  const { placed, refused, cancellations, failures, customers, resent, placeMs, checkoutMs, seconds } = replayed;
  const sales = invoices.invoices.filter(({ kind }) => kind === 'SALE').length;
  const used = invoices.invoices.reduce((sum, { lines }) => sum + lines.length, 0);
  const broken = findings.filter(({ found }) => found.length > 0);
  return [
    section('the file', [
      `${invoices.linesRead} lines: ${used} in ${invoices.invoices.length} invoices (${sales} sales, ${invoices.invoices.length - sales} cancellations)`,
      `${invoices.linesRead - used} lines are no sale:`,
      ...[...invoices.skipped].toSorted(([, a], [, b]) => b - a).map(([reason, count]) => `  ${count} ${reason}`),
      `${invoices.withoutGoods.length} invoices have no line of goods`,
    ]),
    section('the shop', [
      `${shelf.skus} SKUs, ${shelf.openingUnits} units in stock at the opening`,
      `${customers.registered} customers registered, ${customers.guests} guests`,
    ]),
    section('orders', [
      `${placed.length} placed of ${sales}, ${(placed.length / seconds).toFixed(1)} a second over ${seconds.toFixed(1)} s`,
      `${replayed.unsettled} of them were settled only after placeOrder had answered`,
      `${refused.total()} refused${refused.total() > 0 ? ':' : ''}`,
      ...indented(refused),
      `${resent.same + resent.different} sent twice with one key: ${resent.same} got the same answer, ${resent.different} another`,
      `placeOrder ${percentiles(placeMs)}`,
      `whole checkout ${percentiles(checkoutMs)}`,
      `${shipped} shipped at the end`,
    ]),
    section('cancellations', [...indented(cancellations), `  ${replayed.cancelledUnits} units given back`]),
    section('failed requests', failures.total() === 0 ? ['none'] : indented(failures)),
    section('audit', [
      ...findings.map(({ check, found }) => `${found.length === 0 ? 'ok    ' : 'BROKEN'}  ${check}`),
      ...broken.flatMap(({ check, found }) => ['', `${check}:`, ...found.map((place) => `  ${place}`)]),
    ]),
  ].join('\n\n');
}

const section = (title: string, lines: readonly string[]) =>
  [title.toUpperCase(), ...lines.map((line) => `  ${line}`)].join('\n');
const indented = (tally: Tally) => tally.entries().map(([reason, count]) => `  ${count} ${reason}`);

function percentiles(times: readonly number[]): string {
  const ascending = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (ascending[Math.max(0, Math.ceil(share * ascending.length) - 1)] ?? Number.NaN).toFixed(0);
  return `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, p99 ${at(0.99)} ms`;
}
