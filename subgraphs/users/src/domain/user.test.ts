import { Rejection } from '@entrepot/kernel/rejection';
import type { Viewer } from '@entrepot/kernel/viewer';
import { describe, expect, it } from 'vitest';
import { canBeAccount, changeRoles, mayLookUp, readGuest, readRegistration, seesPrivate, type User } from './user.ts';

const aUser = (over: Partial<User> = {}): User => ({
  id: 'ann',
  kind: 'CUSTOMER',
  email: 'ann@example.com',
  displayName: 'Ann',
  roles: [],
  createdAt: new Date('2026-01-01T00:00:00Z'),
  ...over,
});
const viewer = (id: string, ...roles: Viewer['roles']): Viewer => ({ id, kind: 'CUSTOMER', roles });
const account = { email: 'ann@example.com', password: 'ten letters', displayName: 'Ann' };

function codes(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (error instanceof Rejection) return error.problems.map(({ code }) => code);
    throw error;
  }
  return [];
}

describe('readRegistration', () => {
  it('keeps the address as it was written, and the name trimmed', () => {
    const given = { ...account, email: 'Ann@Example.com', displayName: ' Ann ' };
    expect(readRegistration(given)).toEqual({ ...given, displayName: 'Ann' });
  });

  it('tells every problem at once', () => {
    const bad = { email: 'nobody', password: 'short', displayName: ' ' };
    expect(codes(() => readRegistration(bad))).toEqual(['INVALID_EMAIL', 'INVALID_PASSWORD', 'INVALID_NAME']);
  });

  it.each([
    '',
    'a@b',
    '@example.com',
    'a b@example.com',
    'a@b@example.com',
    '<a@example.com>',
    'a\u0000@example.com',
    `${'a'.repeat(250)}@example.com`,
  ])('refuses %j as an e-mail address', (email) => {
    expect(codes(() => readRegistration({ ...account, email }))).toEqual(['INVALID_EMAIL']);
  });

  it.each(['a@example.com', 'a+b.c_d@sub.example.co.uk', "o'hara@example.ie", 'ü@bücher.example'])(
    'takes %j as an e-mail address',
    (email) => {
      expect(codes(() => readRegistration({ ...account, email }))).toEqual([]);
    },
  );

  it.each([
    [9, ['INVALID_PASSWORD']],
    [10, []],
    [200, []],
    [201, ['INVALID_PASSWORD']],
  ])('a password of %d characters gives %j', (length, expected) => {
    expect(codes(() => readRegistration({ ...account, password: '😀'.repeat(length) }))).toEqual(expected);
  });

  it.each(['', 'x'.repeat(101), 'a\u0000b', 'a\nb'])('refuses %j as a name', (displayName) => {
    expect(codes(() => readRegistration({ ...account, displayName }))).toEqual(['INVALID_NAME']);
  });
});

describe('readGuest', () => {
  it('calls a guest without a name Guest', () => {
    expect(readGuest({ email: account.email }).displayName).toBe('Guest');
    expect(readGuest({ email: account.email, name: null }).displayName).toBe('Guest');
  });

  it('refuses an empty name and a bad address', () => {
    expect(codes(() => readGuest({ email: 'nobody', name: ' ' }))).toEqual(['INVALID_EMAIL', 'INVALID_NAME']);
  });
});

it('looks for no account that cannot exist', () => {
  expect(canBeAccount(account)).toBe(true);
  expect(canBeAccount({ ...account, email: 'a\u0000@example.com' })).toBe(false);
  expect(canBeAccount({ ...account, password: 'x'.repeat(201) })).toBe(false);
});

it.each([
  [undefined, false, false],
  [viewer('ann'), true, true],
  [viewer('eve'), false, false],
  [viewer('eve', 'CATALOGUE_MANAGER'), false, false],
  [viewer('eve', 'ORDER_MANAGER'), true, false],
  [viewer('eve', 'ADMIN'), true, true],
])('%j sees what is private about ann: %s, may look her up: %s', (who, isPrivate, isFound) => {
  expect(seesPrivate(who, 'ann')).toBe(isPrivate);
  expect(mayLookUp(who, 'ann')).toBe(isFound);
});

describe('changeRoles', () => {
  it('gives each role once', () => {
    expect(changeRoles(aUser(), ['ADMIN', 'ORDER_MANAGER', 'ADMIN'], false)).toEqual(['ADMIN', 'ORDER_MANAGER']);
  });

  it('gives guests none', () => {
    expect(codes(() => changeRoles(aUser({ kind: 'GUEST' }), [], false))).toEqual(['IS_GUEST']);
  });

  it('keeps the last administrator, and only that', () => {
    const admin = aUser({ roles: ['ADMIN'] });
    expect(codes(() => changeRoles(admin, ['ORDER_MANAGER'], true))).toEqual(['LAST_ADMIN']);
    expect(changeRoles(admin, ['ADMIN', 'ORDER_MANAGER'], true)).toEqual(['ADMIN', 'ORDER_MANAGER']);
    expect(changeRoles(admin, [], false)).toEqual([]);
    expect(changeRoles(aUser(), ['ORDER_MANAGER'], true)).toEqual(['ORDER_MANAGER']);
  });
});
