import type { Found } from '@entrepot/cache/cache-store';
import type { Keepable } from './policy.ts';

/** Looking again for what is not there, or not yet, must not wait for an event that may never have named it. */
export const NEGATIVE_TTL_MS = 10_000;
/** So much of its time may be taken off: what was made in one moment is not to be made anew in one moment. */
const JITTER = 0.1;

/** How the store keeps something that took `makeMs` to make, when nothing may be kept for longer than `limitMs`. */
export function keepingOf(policy: Omit<Keepable, 'tags'>, makeMs: number, limitMs: number, random = Math.random) {
  const { maxAgeMs, revalidateMs, ifErrorMs } = policy;
  // While changes may be missed, nothing is served beyond the limit.
  const isBlind = Number.isFinite(limitMs);
  const ttlMs = Math.min(maxAgeMs, limitMs) * (1 - JITTER * random());
  const revalidate = isBlind ? 0 : Math.floor(revalidateMs);
  const ifError = isBlind ? 0 : Math.floor(ifErrorMs);
  return {
    ttlMs,
    staleMs: Math.max(revalidate, ifError),
    note: `${Math.ceil(makeMs)} ${revalidate} ${ifError}`,
  };
}

/** `early`: fresh, but to be made anew by the one who sees this. `stale`: the same, past its time. `expired`: only if all else fails. */
export type Freshness = 'fresh' | 'early' | 'stale' | 'expired';

export function freshnessOf({ leftMs, note }: Pick<Found, 'leftMs' | 'note'>, random = Math.random): Freshness {
  const [makeMs, revalidateMs] = readNote(note);
  if (leftMs <= 0) return leftMs > -revalidateMs ? 'stale' : 'expired';
  // XFetch (Vattani et al., 2015): the longer it takes to make and the nearer its end, the likelier.
  return -makeMs * Math.log(1 - random()) >= leftMs ? 'early' : 'fresh';
}

/** So many times as long as it takes to make it: no chance of e⁻²⁰ has to be looked at. */
const FAR = 20;

/** Whether it is so far from its end that nobody makes it anew yet. Only the beginning of its note is read for that. */
export const isFreshForSure = ({ leftMs, note }: Pick<Found, 'leftMs' | 'note'>): boolean =>
  leftMs > 0 && leftMs > FAR * (Number.parseInt(note, 10) || 0);

/** Whether it is fresh, or good enough while it is made anew. */
export const isServable = ({ leftMs, note }: Pick<Found, 'leftMs' | 'note'>): boolean =>
  leftMs > 0 || leftMs > -readNote(note)[1];

/** What is left of the policy that something was kept with. */
export function policyOf({ leftMs, note, tags }: Found): Keepable {
  const [, revalidateMs, ifErrorMs] = readNote(note);
  return { maxAgeMs: Math.max(0, leftMs), revalidateMs, ifErrorMs, tags };
}

function readNote(note: string): [makeMs: number, revalidateMs: number, ifErrorMs: number] {
  const [makeMs, revalidateMs, ifErrorMs] = note.split(' ', 3);
  return [Number(makeMs) || 0, Number(revalidateMs) || 0, Number(ifErrorMs) || 0];
}

/** On what holds objects of a type of which nobody has told which ones they are. */
export const someOf = (type: string): string => `${type}:?`;

/** The tags that are to be purged, with those of what may hold the same without a name: `Product:?` for every `Product:…`. */
export function withUnnamed(tags: Iterable<string>): Set<string> {
  const all = new Set(tags);
  for (const tag of tags) {
    const end = tag.indexOf(':');
    if (end > 0) all.add(someOf(tag.slice(0, end)));
  }
  return all;
}

/** With the tags by which a whole type is purged: `Product:*` for every `Product:…`. */
export function withTypeTags(tags: readonly string[]): string[] {
  const types = new Set<string>();
  for (const tag of tags) {
    const end = tag.indexOf(':');
    if (end > 0) types.add(tag.slice(0, end + 1));
  }
  if (types.size === 0) return [...tags];
  const all = [...tags];
  // Tags that were kept once have it already.
  for (const type of types) if (!tags.includes(`${type}*`)) all.push(`${type}*`);
  return all;
}
