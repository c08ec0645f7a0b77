import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from './cursor.ts';

const refusal = expect.objectContaining({ code: 'INVALID_CURSOR' });

describe('a cursor', () => {
  it('leads back to the position it was made of', () => {
    const cursor = encodeCursor('products by price', [1250, 'var_1', 'Ünïcode "quoted"']);
    expect(decodeCursor('products by price', cursor)).toEqual([1250, 'var_1', 'Ünïcode "quoted"']);
    expect(cursor).toMatch(/^[\w-]+$/);
  });

  it('is refused by every other list', () => {
    expect(() => decodeCursor('products by name', encodeCursor('products by price', [1]))).toThrow(refusal);
  });

  it.each([
    ['empty', ''],
    ['no base64', '!!!'],
    ['no JSON', Buffer.from('[').toString('base64url')],
    ['no list', Buffer.from('{"0":"list"}').toString('base64url')],
    ['of other values', Buffer.from('["list",{"a":1}]').toString('base64url')],
    ['endless', encodeCursor('list', ['x'.repeat(5_000)])],
  ])('that is %s is refused', (_, cursor) => {
    expect(() => decodeCursor('list', cursor)).toThrow(refusal);
  });
});
