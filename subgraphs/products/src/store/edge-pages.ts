import { decodeCursor, encodeCursor } from '@entrepot/kernel/cursor';
import { type Connection, readPage, toConnection } from '@entrepot/kernel/page';
import DataLoader from 'dataloader';
import { checkPosition, type Keyset, type Position } from './keyset.ts';

/** A row of an edge with whose it is, and the values its cursor is made of. */
export type EdgeRow<T> = { parentId: string; node: T; position: Position };
/** Fetches the first rows after a position for each of several parents, in the order of the list. */
export type FetchEdge<T> = (
  parentIds: readonly string[],
  limit: number,
  after: Position | undefined,
) => Promise<readonly EdgeRow<T>[]>;
export type EdgePages<T> = {
  load: (parentId: string, page: { first: number; after?: string | null | undefined }) => Promise<Connection<T>>;
  clearAll: () => void;
};

type Key = { parentId: string; limit: number; after: Position | undefined };

/** Pages of an edge. However many parents a request holds, pages of one size are fetched by one statement. */
export function createEdgePages<T>(name: string, keys: Keyset, fetch: FetchEdge<T>): EdgePages<T> {
  const loader = new DataLoader<Key, readonly EdgeRow<T>[], string>((batch) => fetchAll(batch, fetch), {
    cacheKeyFn: (key) => JSON.stringify(key),
    maxBatchSize: 1_000,
  });
  return {
    load: async (parentId, { first, after }) => {
      const page = readPage({ first, after });
      const list = `${name} ${parentId}`;
      // Read here and not in the batch: one bad cursor must fail its own page only.
      const from = page.after === undefined ? undefined : checkPosition(keys, decodeCursor(list, page.after));
      const rows = await loader.load({ parentId, limit: page.limit + 1, after: from });
      const { edges, ...connection } = toConnection({
        rows,
        page,
        cursorOf: (row) => encodeCursor(list, row.position),
      });
      const nodes = connection.nodes.map(({ node }) => node);
      return { ...connection, nodes, edges: edges.map(({ cursor, node }) => ({ cursor, node: node.node })) };
    },
    clearAll: () => {
      loader.clearAll();
    },
  };
}

async function fetchAll<T>(batch: readonly Key[], fetch: FetchEdge<T>): Promise<(readonly EdgeRow<T>[])[]> {
  const groups = Map.groupBy(batch, ({ limit, after }) => JSON.stringify([limit, after]));
  const results = new Map<string, EdgeRow<T>[]>();
  await Promise.all(
    [...groups].map(async ([group, members]) => {
      const [{ limit, after } = { limit: 0, after: undefined }] = members;
      const parentIds = members.map(({ parentId }) => parentId);
      for (const row of await fetch(parentIds, limit, after)) {
        const key = `${group} ${row.parentId}`;
        const rows = results.get(key) ?? [];
        results.set(key, rows);
        rows.push(row);
      }
    }),
  );
  return batch.map(({ parentId, limit, after }) => results.get(`${JSON.stringify([limit, after])} ${parentId}`) ?? []);
}
