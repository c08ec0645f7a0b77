import { decodeCursor, encodeCursor } from '@entrepot/kernel/cursor';
import { Fault } from '@entrepot/kernel/fault';
import { uuidOf } from '@entrepot/kernel/ids';
import { type Connection, type PageArguments, readPage, toConnection } from '@entrepot/kernel/page';
import type { OrderHead } from '../domain/order.ts';

type Slice = { limit: number; after: string | undefined };

/** A page of a list of orders. Its cursors are of this list only. */
export async function orderPage(
  list: string,
  args: PageArguments,
  fetch: (slice: Slice) => Promise<OrderHead[]>,
): Promise<Connection<OrderHead>> {
  const page = readPage(args);
  const after = page.after === undefined ? undefined : readCursor(list, page.after);
  // One more than asked for tells whether there are more.
  const rows = await fetch({ limit: page.limit + 1, after });
  return toConnection({ rows, page, cursorOf: ({ id }) => encodeCursor(list, [id]) });
}

function readCursor(list: string, cursor: string): string {
  const [id] = decodeCursor(list, cursor);
  if (typeof id === 'string' && uuidOf('ord', id) !== undefined) return id;
  throw new Fault('INVALID_CURSOR', 'the cursor is damaged: use one that the same list has given');
}
