import { Counter, type Registry } from 'prom-client';

export type TallyOptions<L extends string> = {
  name: string;
  help: string;
  labelNames: readonly L[];
  registry: Registry;
};

/**
 * A counter for what happens with every request: a count of some labels is made once, counting with it is an addition, and
 * prom-client's counter, which puts its labels together each time, catches up when it is looked at.
 */
export function createTally<L extends string>({ name, help, labelNames, registry }: TallyOptions<L>) {
  const counts: { readonly labels: Record<L, string>; times: number }[] = [];
  new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      for (const count of counts) {
        if (count.times > 0) this.inc(count.labels, count.times);
        count.times = 0;
      }
    },
  });
  /** To be called once for each combination of labels, of which there must be few. */
  return (labels: Record<L, string>): ((times?: number) => void) => {
    const count = { labels, times: 0 };
    counts.push(count);
    return (times = 1) => {
      count.times += times;
    };
  };
}

/** Makes something once for each key. The keys must be few. */
export function onceEach<K, V>(make: (key: K) => V): (key: K) => V {
  const made = new Map<K, V>();
  return (key) => {
    const known = made.get(key);
    if (known !== undefined) return known;
    const value = make(key);
    made.set(key, value);
    return value;
  };
}
