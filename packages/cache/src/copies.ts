import { LRUCache } from 'lru-cache';

export type Copy = {
  readonly id: string;
  readonly head: Head;
  readonly tags: readonly string[];
  readonly value: Buffer;
};
export type Head = { readonly ttlMs: number; readonly staleMs: number; readonly note: string };

const OVERHEAD_BYTES = 600;

/**
 * Copies of what Redis holds, each of use only after Redis has said that it still holds the same: it saves sending, receiving
 * and copying the bytes again, and costs nothing of what a purge promises.
 */
export function createCopies(maxBytes: number) {
  const copies = new LRUCache<string, Copy>({
    maxSize: maxBytes,
    maxEntrySize: Math.ceil(maxBytes / 8),
    sizeCalculation: ({ value, tags }, key) =>
      value.length + 2 * key.length + tags.reduce((sum, tag) => sum + 2 * tag.length + 16, OVERHEAD_BYTES),
  });
  return {
    /** Empty when there is none. */
    idOf: (key: string): string => copies.get(key)?.id ?? '',
    get: (key: string): Copy | undefined => copies.get(key),
    /** Reads what Redis has sent: time left, id, head, tags, value. */
    keep(key: string, [, id, head, tags, value]: readonly unknown[]): Copy | undefined {
      if (!Buffer.isBuffer(value)) return undefined;
      const text = String(tags);
      const copy = {
        id: String(id),
        head: readHead(String(head)),
        tags: text === '' ? [] : text.split('\n'),
        // A small piece of what a socket has read would keep all of that alive.
        value: value.buffer.byteLength > 2 * value.length ? Buffer.from(value) : value,
      };
      copies.set(key, copy);
      return copy;
    },
    clear: () => copies.clear(),
  };
}

export const writeHead = ({ ttlMs, staleMs, note }: Head): string =>
  `${Math.floor(ttlMs)} ${Math.floor(staleMs)} ${note}`;

function readHead(text: string): Head {
  const [ttl = '', stale = ''] = text.split(' ', 2);
  return { ttlMs: Number(ttl), staleMs: Number(stale), note: text.slice(ttl.length + stale.length + 2) };
}
