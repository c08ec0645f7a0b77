import type { Part } from './entity-parts.ts';
import type { Slot } from './entity-slots.ts';

/** When so many are on their way, further ones are asked for by everybody who wants them. */
const MAX_FLIGHTS = 10_000;

type Flight = Promise<Part | undefined>;

/** Parts that are being asked for and are expected to be everybody's. Who asked before a purge is no company for who comes after it. */
export function createEntityFlights() {
  const flights = new Map<string, Flight>();
  const keyOf = ({ keys }: Slot, fence: string) => `${keys[0]} ${fence}`;
  return {
    of: (slot: Slot, fence: string): Flight | undefined =>
      flights.size === 0 ? undefined : flights.get(keyOf(slot, fence)),
    launch(
      slots: readonly Slot[],
      fence: string,
      asked: Promise<{ readonly parts: readonly Part[] | undefined }>,
    ): void {
      if (flights.size + slots.length > MAX_FLIGHTS) return;
      for (const [index, slot] of slots.entries()) {
        const key = keyOf(slot, fence);
        const flight = asked.then(
          ({ parts }) => parts?.[index],
          () => undefined,
        );
        flights.set(key, flight);
        void flight.then(() => flights.delete(key));
      }
    },
  };
}
