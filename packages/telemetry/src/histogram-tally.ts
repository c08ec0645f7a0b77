import { Histogram, type Registry } from 'prom-client';

export type HistogramTallyOptions<L extends string> = {
  name: string;
  help: string;
  labelNames: readonly L[];
  buckets: readonly number[];
  registry: Registry;
};

/** What was observed under the same labels. */
type Tally = {
  readonly labels: Readonly<Record<string, string>>;
  /** By the bucket that a value belongs to; the last is for values above all of them. */
  readonly counts: number[];
  sum: number;
  count: number;
};

/**
 * A histogram for what happens with every request: the place for some labels is made once, an observation is an addition there, and
 * what prom-client's histogram, which puts its labels together each time, would have is made when it is looked at.
 */
export function createHistogramTally<L extends string>(options: HistogramTallyOptions<L>) {
  const { name, buckets } = options;
  const { tallies } = new TalliedHistogram(options);
  /** To be called once for each combination of labels, of which there must be few. */
  return (labels: Readonly<Record<L, string>>): ((value: number) => void) => {
    const counts = Array<number>(buckets.length + 1).fill(0);
    const tally: Tally = { labels, counts, sum: 0, count: 0 };
    return (value) => {
      if (!Number.isFinite(value)) throw new TypeError(`${name} cannot observe ${value}`);
      if (tally.count === 0) tallies.push(tally);
      tally.count++;
      tally.sum += value;
      let place = 0;
      while (place < buckets.length && value > (buckets[place] ?? 0)) place++;
      counts[place] = (counts[place] ?? 0) + 1;
    };
  };
}

class TalliedHistogram<L extends string> extends Histogram<L> {
  /** In the order of their first observations. */
  readonly tallies: Tally[] = [];
  private readonly options: HistogramTallyOptions<L>;

  constructor(options: HistogramTallyOptions<L>) {
    const { name, help, labelNames, buckets, registry } = options;
    super({ name, help, labelNames: [...labelNames], buckets: [...buckets], registers: [registry] });
    this.options = options;
  }

  /** What prom-client makes text and JSON of. */
  async getForPromString() {
    const { name, help, buckets } = this.options;
    const values = this.tallies.flatMap((tally) => linesOf(tally, name, buckets));
    return { name, help, type: 'histogram', aggregator: 'sum', values };
  }
}

function linesOf({ labels, counts, sum, count }: Tally, name: string, buckets: readonly number[]) {
  const line = (metricName: string, own: Record<string, string | number>, value: number) => ({
    metricName,
    labels: own,
    sharedLabels: labels,
    value,
  });
  let sumOfCounts = 0;
  const upTo = (bound: number, place: number) => {
    sumOfCounts += counts[place] ?? 0;
    return line(`${name}_bucket`, { le: bound }, sumOfCounts);
  };
  return [
    ...buckets.map(upTo),
    line(`${name}_bucket`, { le: '+Inf' }, count),
    line(`${name}_sum`, {}, sum),
    line(`${name}_count`, {}, count),
  ];
}
