import type { Part } from './entity-parts.ts';
import type { Slot } from './entity-slots.ts';

/** When so many are on their way, further ones are asked for by everybody who wants them. */
const MAX_FLIGHTS = 10_000;

type Asked = Promise<{ readonly parts: readonly Part[] | undefined }>;
/** What is on its way, together with others: which one of them it is. */
export type Flight = { readonly asked: Asked; readonly index: number };

/** Parts that are being asked for and are expected to be everybody's. Who asked before a purge is no company for who comes after it. */
export function createEntityFlights() {
  const flights = new Map<string, Flight>();
  const keyOf = ({ keys }: Slot, fence: string) => `${keys[0]} ${fence}`;
  return {
    of: (slot: Slot, fence: string): Flight | undefined =>
      flights.size === 0 ? undefined : flights.get(keyOf(slot, fence)),
    launch(slots: readonly Slot[], fence: string, asked: Asked): void {
      if (flights.size + slots.length > MAX_FLIGHTS) return;
      const keys = slots.map((slot) => keyOf(slot, fence));
      for (const [index, key] of keys.entries()) flights.set(key, { asked, index });
      const land = () => {
        for (const key of keys) flights.delete(key);
      };
      asked.then(land, land);
    },
  };
}

/** What came of it; undefined when that is of no use to others. */
export async function landed({ asked, index }: Flight): Promise<Part | undefined> {
  const { parts } = await asked.catch(() => ({ parts: undefined }));
  const part = parts?.[index];
  return part?.policy.isPrivate === false ? part : undefined;
}
