import { type Classified, classify, type GoodsLine, type RetailLine, type SkipReason } from './retail-lines.ts';

/** What one customer bought, or gave back, at one time. A SKU may occur on several lines, as in the file. */
export type Invoice = {
  /** The shop's number; of a cancellation with its `C` in front. */
  number: string;
  kind: 'SALE' | 'CANCELLATION';
  /** Undefined for a guest. */
  customerId: string | undefined;
  country: string;
  at: Date;
  lines: readonly GoodsLine[];
};

export type Invoices = {
  /** In the order of their times; at the same time, of the file. */
  invoices: readonly Invoice[];
  /** How many lines were read, and how many of them are in no invoice, by reason. */
  linesRead: number;
  skipped: ReadonlyMap<SkipReason, number>;
  /** Numbers of invoices of which every line was skipped. */
  withoutGoods: readonly string[];
};

/** Days, `to` included, as `2010-12-31`; UTC, as the file. */
export type Period = { from?: string | undefined; to?: string | undefined };

type Open = Omit<Invoice, 'lines'> & { lines: GoodsLine[] };

/** Groups lines into invoices. Every line is in an invoice or counted in `skipped`. */
export function groupInvoices(lines: Iterable<RetailLine>, period: Period = {}): Invoices {
  const open = new Map<string, Open>();
  const skipped = new Map<SkipReason, number>();
  const isWithin = withinPeriod(period);
  let linesRead = 0;

  for (const line of lines) {
    if (!line.problem && !isWithin(line.at)) continue;
    linesRead += 1;
    const classified = classify(line);
    const invoice = open.get(line.invoice) ?? openInvoice(line);
    open.set(line.invoice, invoice);
    if (classified.kind === 'SKIPPED') skipped.set(classified.reason, (skipped.get(classified.reason) ?? 0) + 1);
    else invoice.lines.push(classified.goods);
  }

  const all = [...open.values()];
  const invoices = all.filter((invoice) => invoice.lines.length > 0);
  return {
    invoices: invoices.sort((a, b) => a.at.getTime() - b.at.getTime()),
    linesRead,
    skipped,
    withoutGoods: all.filter((invoice) => invoice.lines.length === 0).map((invoice) => invoice.number),
  };
}

/** Tells of a time whether it is within the days of a period. */
export function withinPeriod({ from, to }: Period): (at: Date) => boolean {
  const start = from === undefined ? Number.NEGATIVE_INFINITY : Date.parse(`${from}T00:00:00Z`);
  const end = to === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${to}T24:00:00Z`);
  return (at) => at.getTime() >= start && at.getTime() < end;
}

function openInvoice(line: RetailLine): Open {
  const kind: Exclude<Classified['kind'], 'SKIPPED'> = line.invoice.startsWith('C') ? 'CANCELLATION' : 'SALE';
  const { invoice: number, customerId, country, at } = line;
  return { number, kind, customerId, country, at, lines: [] };
}
