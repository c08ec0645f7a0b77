import { LRUCache } from 'lru-cache';

export type Hopeless = {
  /** What became of a request with this body, while much is refused. Those without one are always looked at. */
  tell(body: Buffer, isRefused: boolean): void;
  /** Whether nearly everything that begins as this does was refused lately. One of some is looked at all the same. */
  has(body: Buffer): boolean;
};

const MAX_KINDS = 1_000;
/** A body begins with the name or the text of its operation, in one order or the other. */
const BEGINNING_BYTES = 96;
const WEIGHT = 0.1;
const NEARLY_ALL = 0.8;
const LOOK_AT_EACH = 20;

/**
 * Which questions need not be read to know that they will be refused. Others with the same beginning were: what is answered from the
 * cache takes no turn, and so goes on being served.
 */
export function createHopeless(): Hopeless {
  const kinds = new LRUCache<string, { refused: number; passed: number }>({ max: MAX_KINDS });
  return {
    tell(body, isRefused) {
      if (body.length === 0) return;
      const kind = kindOf(body);
      const known = kinds.get(kind);
      const share = known?.refused ?? 0;
      const refused = share + ((isRefused ? 1 : 0) - share) * WEIGHT;
      if (known) known.refused = refused;
      else if (isRefused) kinds.set(kind, { refused, passed: 0 });
    },
    has(body) {
      const known = kinds.get(kindOf(body));
      if (!known || known.refused < NEARLY_ALL) return false;
      known.passed = (known.passed + 1) % LOOK_AT_EACH;
      return known.passed > 0;
    },
  };
}

/** Without the values of variables where they come soon. */
function kindOf(body: Buffer): string {
  const text = body.toString('latin1', 0, BEGINNING_BYTES);
  const end = text.indexOf('"variables"');
  return end === -1 ? text : text.slice(0, end);
}
