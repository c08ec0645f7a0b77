export type Waiting = {
  readonly kind: string;
  readonly since: number;
  start(): void;
  refuse(): void;
};

/** Those who wait, by kind: the kinds take turns, and within a kind whoever came first is first. */
export type FairQueue = {
  readonly length: () => number;
  add(waiting: Waiting): void;
  /** Takes whoever is next among the kinds that may. */
  next(may: (kind: string) => boolean): Waiting | undefined;
  /** Takes all who came before that moment. */
  before(moment: number): Waiting[];
};

export function createFairQueue(): FairQueue {
  const kinds = new Map<string, Waiting[]>();
  let length = 0;

  const shift = (kind: string, line: Waiting[]): Waiting | undefined => {
    const first = line.shift();
    if (first) length--;
    // At its end of the map, so that the other kinds come first.
    kinds.delete(kind);
    if (line.length > 0) kinds.set(kind, line);
    return first;
  };

  return {
    length: () => length,
    add(waiting) {
      const line = kinds.get(waiting.kind);
      if (line) line.push(waiting);
      else kinds.set(waiting.kind, [waiting]);
      length++;
    },
    next(may) {
      for (const [kind, line] of kinds) if (may(kind)) return shift(kind, line);
      return undefined;
    },
    before(moment) {
      const late: Waiting[] = [];
      for (const [kind, line] of [...kinds]) {
        const end = line.findIndex(({ since }) => since >= moment);
        if (end === 0) continue;
        const taken = line.splice(0, end === -1 ? line.length : end);
        length -= taken.length;
        if (line.length === 0) kinds.delete(kind);
        late.push(...taken);
      }
      return late;
    },
  };
}
