import { Rejection } from '@entrepot/kernel/rejection';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  type AddressFields,
  changeAddress,
  findAddress,
  MAX_ADDRESSES,
  readAddress,
  requireRoom,
} from './address.ts';

const fields = (over: Partial<AddressFields> = {}): AddressFields => ({
  recipient: 'Ann Lee',
  lines: ['1 Quay Street'],
  city: 'Bristol',
  region: null,
  postalCode: 'BS1 4RW',
  countryCode: 'GB',
  ...over,
});
const anAddress = (over: Partial<Address> = {}): Address => ({
  ...fields(),
  id: 'a1',
  userId: 'ann',
  isDefault: true,
  ...over,
});

function problems(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (error instanceof Rejection) return error.problems.map(({ code, path }) => `${code} ${path?.join('.')}`);
    throw error;
  }
  return [];
}

describe('readAddress', () => {
  it('trims, and takes an empty optional field for none', () => {
    const given = fields({ recipient: '  Ann Lee ', lines: [' 1 Quay Street '], region: '  ', postalCode: '' });
    expect(readAddress(given)).toEqual(fields({ region: null, postalCode: null }));
  });

  it('tells every field at fault at once', () => {
    const bad = fields({ recipient: ' ', city: 'x'.repeat(101), region: 'x'.repeat(101), postalCode: 'x'.repeat(21) });
    expect(problems(() => readAddress(bad))).toEqual([
      'INVALID_ADDRESS input.recipient',
      'INVALID_ADDRESS input.city',
      'INVALID_ADDRESS input.region',
      'INVALID_ADDRESS input.postalCode',
    ]);
  });

  it.each([[[]], [['a', 'b', 'c', 'd']]])('refuses %j as lines', (lines) => {
    expect(problems(() => readAddress(fields({ lines })))).toEqual(['INVALID_ADDRESS input.lines']);
  });

  it.each([[['a', '', 'c']], [['a', 'b'.repeat(201)]], [['a', 'b\u0000']], [['a', 'b\nc']]])(
    'points at the second line of %j',
    (lines) => {
      expect(problems(() => readAddress(fields({ lines })))).toEqual(['INVALID_ADDRESS input.lines.1']);
    },
  );

  it('counts characters as people do', () => {
    expect(problems(() => readAddress(fields({ recipient: '😀'.repeat(100) })))).toEqual([]);
  });
});

describe('changeAddress', () => {
  it('keeps what the change leaves out', () => {
    expect(changeAddress(anAddress(), { city: 'Bath' })).toEqual(anAddress({ city: 'Bath' }));
  });

  it('checks what comes out', () => {
    expect(problems(() => changeAddress(anAddress(), { recipient: '' }))).toEqual(['INVALID_ADDRESS input.recipient']);
  });
});

it('finds an address in the book, or says that there is none', () => {
  const book = [anAddress(), anAddress({ id: 'a2' })];
  expect(findAddress(book, 'a2').id).toBe('a2');
  expect(problems(() => findAddress(book, 'a3'))).toEqual(['NOT_FOUND input.id']);
});

it('has room for fifty addresses', () => {
  const book = (length: number) => Array.from({ length }, () => anAddress());
  expect(problems(() => requireRoom(book(MAX_ADDRESSES - 1)))).toEqual([]);
  expect(() => requireRoom(book(MAX_ADDRESSES))).toThrow(expect.objectContaining({ code: 'TOO_MANY_ADDRESSES' }));
});
