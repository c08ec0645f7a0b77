import { describe, expect, it } from 'vitest';
import { readPage, toConnection } from './page.ts';

const refusal = expect.objectContaining({ code: 'INVALID_ARGUMENT' });

describe('the arguments of a page', () => {
  it('ask for the first rows after a cursor', () => {
    expect(readPage({ first: 20, after: 'c' })).toEqual({
      limit: 20,
      isBackward: false,
      after: 'c',
      before: undefined,
    });
  });

  it('ask for the last rows before a cursor, whatever null says', () => {
    expect(readPage({ first: null, last: 5, after: null, before: 'c' })).toEqual({
      limit: 5,
      isBackward: true,
      after: undefined,
      before: 'c',
    });
  });

  it.each([{}, { first: null }, { first: 0 }, { first: -1 }, { first: 101 }, { last: 101 }, { first: 1, last: 1 }])(
    'are refused when they are %j',
    (page) => {
      expect(() => readPage(page)).toThrow(refusal);
    },
  );

  it('may ask for as much as the list allows', () => {
    expect(readPage({ first: 500 }, 500).limit).toBe(500);
  });
});

describe('a connection', () => {
  const cursorOf = (row: number) => `c${row}`;

  it('keeps the extra row back, and tells that there is more', () => {
    expect(toConnection({ rows: [1, 2, 3], page: readPage({ first: 2 }), cursorOf })).toEqual({
      edges: [
        { cursor: 'c1', node: 1 },
        { cursor: 'c2', node: 2 },
      ],
      nodes: [1, 2],
      pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: 'c1', endCursor: 'c2' },
    });
  });

  it('keeps back the first row when it is read backward', () => {
    const { nodes, pageInfo } = toConnection({ rows: [1, 2, 3], page: readPage({ last: 2, before: 'c4' }), cursorOf });
    expect(nodes).toEqual([2, 3]);
    expect(pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: true, startCursor: 'c2', endCursor: 'c3' });
  });

  it('of nothing has no cursors', () => {
    const { nodes, pageInfo } = toConnection({ rows: [], page: readPage({ first: 2, after: 'c9' }), cursorOf });
    expect(nodes).toEqual([]);
    expect(pageInfo).toEqual({ hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null });
  });
});
