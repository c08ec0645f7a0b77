import type { GroupPlace, LogMessage } from '@entrepot/events/log';

export type Continuity = {
  /** One batch of one partition has been handled. Returns whether it followed what came before it. */
  handled(messages: readonly LogMessage[]): boolean;
  /**
   * Whether everything that the group has passed since the last time was handed to us, told when the log has been read to its
   * end. The first time there is nothing to compare with, and nothing lost.
   */
  isWhole(places: readonly GroupPlace[]): boolean;
};

/**
 * A log that was out of reach for a while goes on where its reader was, and nothing is lost. Not so when it has forgotten the
 * reader's place, or the messages from there on, or was replaced by another: then the place has moved without us.
 */
export function createContinuity(): Continuity {
  let before: ReadonlyMap<string, bigint> = new Map();
  /** The next message of each partition, as far as we have been handed any. */
  const next = new Map<string, bigint>();

  return {
    handled(messages) {
      const [first, last] = [messages[0], messages.at(-1)];
      if (!first || !last) return true;
      const name = nameOf(first);
      const expected = next.get(name);
      next.set(name, later(expected, BigInt(last.offset) + 1n));
      return expected === undefined || BigInt(first.offset) <= expected;
    },
    isWhole(places) {
      const now = new Map(places.map((place) => [nameOf(place), place.next]));
      const hasSkipped = [...now].some(([name, place]) => before.has(name) && place > (next.get(name) ?? place));
      const hasGoneBack = [...before].some(([name, place]) => (now.get(name) ?? -1n) < place);
      const isWhole = !hasSkipped && !hasGoneBack;
      // What is read from the beginning of another log is nothing that has been read already.
      if (!isWhole) next.clear();
      for (const [name, place] of now) next.set(name, later(next.get(name), place));
      before = now;
      return isWhole;
    },
  };
}

const nameOf = ({ topic, partition }: Pick<GroupPlace, 'topic' | 'partition'>) => `${topic}/${partition}`;
const later = (one: bigint | undefined, other: bigint) => (one !== undefined && one > other ? one : other);
