import { describe, expect, it } from 'vitest';
import { decodeViewer, encodeViewer, hasRole, type Viewer } from './viewer.ts';

const clerk: Viewer = { id: 'usr_1', kind: 'CUSTOMER', roles: ['ORDER_MANAGER'] };

describe('a viewer', () => {
  it('crosses a header unchanged', () => {
    expect(decodeViewer(encodeViewer(clerk))).toEqual(clerk);
    expect(encodeViewer(clerk)).toMatch(/^[\w-]+$/);
  });

  it('has the roles given, and an administrator all of them', () => {
    expect(hasRole(clerk, 'ORDER_MANAGER')).toBe(true);
    expect(hasRole(clerk, 'CATALOGUE_MANAGER')).toBe(false);
    expect(hasRole({ ...clerk, roles: ['ADMIN'] }, 'CATALOGUE_MANAGER')).toBe(true);
    expect(hasRole(undefined, 'ADMIN')).toBe(false);
  });

  it.each([
    'nonsense',
    'null',
    '[]',
    '{"id":1,"kind":"GUEST","roles":[]}',
    '{"id":"usr_1","kind":"ROBOT","roles":[]}',
    '{"id":"usr_1","kind":"GUEST","roles":["KING"]}',
    '{"id":"usr_1","kind":"GUEST"}',
  ])('is not %s', (json) => {
    const header = Buffer.from(json).toString('base64url');
    expect(() => decodeViewer(header)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  });
});
