import { Fault } from './fault.ts';

export type PageArguments = {
  first?: number | null | undefined;
  last?: number | null | undefined;
  after?: string | null | undefined;
  before?: string | null | undefined;
};

/** A checked request for a page. `limit` rows are wanted; fetch `limit + 1` to learn whether there are more. */
export type Page = {
  readonly limit: number;
  /** Backward: the last rows before `before`; the store returns them in list order all the same. */
  readonly isBackward: boolean;
  readonly after: string | undefined;
  readonly before: string | undefined;
};

export type Connection<T> = {
  edges: { cursor: string; node: T }[];
  nodes: T[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
};

/** Checks the arguments of a connection. @throws Fault INVALID_ARGUMENT when they ask for no page, two, or too much. */
export function readPage({ first, last, after, before }: PageArguments, max = 100): Page {
  const isBackward = last !== null && last !== undefined;
  const limit = isBackward ? last : first;
  if (limit === null || limit === undefined) throw new Fault('INVALID_ARGUMENT', `give first or last, 1 to ${max}`);
  if (isBackward && first !== null && first !== undefined)
    throw new Fault('INVALID_ARGUMENT', 'give first or last, not both');
  const name = isBackward ? 'last' : 'first';
  if (limit < 1 || limit > max) throw new Fault('INVALID_ARGUMENT', `${name} is ${limit}: it must be 1 to ${max}`);
  return { limit, isBackward, after: after ?? undefined, before: before ?? undefined };
}

/** Makes a connection of up to `limit + 1` rows in list order; the extra row only tells that there are more. */
export function toConnection<T>({
  rows,
  page,
  cursorOf,
}: {
  rows: readonly T[];
  page: Page;
  cursorOf: (row: T) => string;
}): Connection<T> {
  const hasMore = rows.length > page.limit;
  const kept = page.isBackward ? rows.slice(-page.limit) : rows.slice(0, page.limit);
  const edges = kept.map((node) => ({ cursor: cursorOf(node), node }));
  return {
    edges,
    nodes: [...kept],
    pageInfo: {
      hasNextPage: page.isBackward ? page.before !== undefined : hasMore,
      hasPreviousPage: page.isBackward ? hasMore : page.after !== undefined,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
