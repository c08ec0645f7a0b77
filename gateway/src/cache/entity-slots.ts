import { hash } from 'node:crypto';
import type { CacheStore, Found } from '@entrepot/cache/cache-store';
import type { SubgraphCall } from '../execute/subgraph-call.ts';
import { type Audience, mayShare } from './audience.ts';
import { isServable, policyOf } from './keeping.ts';
import { createRecent } from './recent.ts';

/** What is known of a call before it is made: of what use its answers were the last time. */
export type Hint = 'public' | 'private' | 'none';

/** What is asked for, whatever the client's operation is called, and of what use its answers were to each kind of audience. */
export type Shape = { readonly text: string; readonly hints: { [kind in Audience['kind']]: Hint | undefined } };

/** One entity that is asked for, or the one answer of a root fetch, and what is kept of it. */
export type Slot = {
  readonly representation: string;
  /** Where it may be kept: for everybody, for the viewer alone, or either of them in this order. */
  readonly keys: readonly string[];
  found: Found | undefined;
  /** Past its time, for when nothing else is to be had. */
  expired: Found | undefined;
};

const ROOT = '';
/** A longer text is put into a key as its hash. */
const MAX_KEY_TEXT = 200;

const MAX_SHAPES = 10_000;
const START = /^query\b\s*\w*\s*/;

/** Finds the shape of a call. Operations that ask the same have one: what one of them has brought is of use to all. */
export function createShapes(generation: string): (call: Pick<SubgraphCall, 'id' | 'subgraph' | 'query'>) => Shape {
  const byId = createRecent<Shape>(MAX_SHAPES);
  const byText = createRecent<Shape>(MAX_SHAPES);
  const find = (text: string): Shape => {
    const shape = byText.get(text) ?? { text, hints: { nobody: undefined, viewer: undefined, staff: undefined } };
    byText.set(text, shape);
    return shape;
  };
  return ({ id, subgraph, query }) => {
    const known = byId.get(id);
    if (known) return known;
    const text = hash('sha256', `${generation}\n${subgraph}\n${query.replace(START, 'query')}`, 'base64url');
    const shape = find(text);
    byId.set(id, shape);
    return shape;
  };
}

export function slotsOf(
  { variables, representations = [ROOT] }: SubgraphCall,
  { text: asked }: Shape,
  audience: Audience,
  hint: Hint | undefined,
): Slot[] {
  const what = `${asked}\n${variables}`;
  const prefixes: string[] = [];
  if (mayShare(audience) && hint !== 'private') prefixes.push(hash('sha256', `entity\npublic\n${what}`, 'base64url'));
  if (audience.own !== undefined && (hint !== 'public' || !mayShare(audience)))
    prefixes.push(hash('sha256', `entity\n${audience.own}\n${what}`, 'base64url'));
  return representations.map((representation) => {
    // A representation begins with a brace, and a hash does not.
    const text = representation.length > MAX_KEY_TEXT ? hash('sha256', representation, 'base64url') : representation;
    return { representation, keys: prefixes.map((prefix) => `${prefix}${text}`), found: undefined, expired: undefined };
  });
}

/** Finds what is kept of the slots, in one look. Returns the fence for what is not; undefined when the store is out of reach. */
export async function lookUp(
  store: CacheStore,
  slots: readonly Slot[],
  isRefresh: boolean,
): Promise<string | undefined> {
  const each = slots[0]?.keys.length ?? 0;
  if (each === 0) return undefined;
  const all = await store.getMany(slots.flatMap(({ keys }) => keys));
  for (const [index, slot] of slots.entries()) {
    for (const found of all.slice(index * each, (index + 1) * each)) {
      if (!('value' in found)) continue;
      // Who makes something anew has no use for parts that are as old as what it is to replace.
      if (isRefresh ? found.leftMs > found.ageMs : isServable(found)) slot.found ??= found;
      else slot.expired ??= found;
    }
  }
  // A large look-up is made in several steps, between which a purge may have come.
  return all.every(({ fence }) => fence === all[0]?.fence) ? all[0]?.fence : undefined;
}

/** Whether it is better than nothing, by its subgraph's own word. */
export const isGoodEnough = (found: Found): boolean => policyOf(found).ifErrorMs > -found.leftMs;
