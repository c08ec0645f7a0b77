/** Numbers that are the same for the same seed everywhere. */
export type Random = {
  /** Between 0 and 1, 1 excluded. */
  next(): number;
  int(below: number): number;
  chance(share: number): boolean;
  pick<T>(of: readonly T[]): T;
};

export function createRandom(seed: number): Random {
  let state = seed | 0;
  // Mulberry32.
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const int = (below: number) => Math.floor(next() * below);
  return {
    next,
    int,
    chance: (share) => next() < share,
    pick(of) {
      for (const picked of of.slice(int(of.length))) return picked;
      throw new Error('there is nothing to pick from');
    },
  };
}

/** FNV-1a: what makes a value out of its place. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  // The last steps mix what FNV leaves alike in the upper bits.
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d);
  return (hash ^ (hash >>> 12)) >>> 0;
}
