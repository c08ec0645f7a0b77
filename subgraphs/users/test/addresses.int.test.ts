import { newUuid, requireUuid, typeId } from '@entrepot/kernel/ids';
import type { Viewer } from '@entrepot/kernel/viewer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_ADDRESSES } from '../src/domain/address.ts';
import { aStranger, errorsOf, type Json, startUsersFixture, type UsersFixture } from './users-fixture.ts';

let shop: UsersFixture;
beforeAll(async () => {
  shop = await startUsersFixture();
});
afterAll(() => shop.stop());

const FIELDS = 'id recipient lines city region postalCode countryCode isDefault';
const fields = { recipient: 'Ann Lee', lines: ['1 Quay Street'], city: 'Bristol', countryCode: 'GB' };
const add = (as: Viewer, over: object = {}): Promise<Json> =>
  shop.mutate('addAddress', { ...fields, ...over }, `address { ${FIELDS} }`, as);
const update = (as: Viewer, input: object): Promise<Json> =>
  shop.mutate('updateAddress', input, `address { ${FIELDS} }`, as);
const remove = (as: Viewer, id: string): Promise<Json> => shop.mutate('removeAddress', { id }, 'removedAddressId', as);
const book = async (as: Viewer): Promise<Json[]> =>
  (await shop.ask(`{ me { addresses { ${FIELDS} } } }`, {}, as)).data.me.addresses;
const defaults = async (as: Viewer) => (await book(as)).filter(({ isDefault }) => isDefault).map(({ city }) => city);

describe('addAddress', () => {
  it('keeps the address, the first as the default, and tells of the change', async () => {
    const ann = await shop.aCustomer();
    const { address, userErrors } = await add(ann, { region: ' Avon ', postalCode: '' });
    expect(userErrors).toEqual([]);
    expect(address).toEqual({
      ...fields,
      id: expect.stringMatching(/^addr_/),
      region: 'Avon',
      postalCode: null,
      isDefault: true,
    });
    expect(await book(ann)).toEqual([address]);
    expect(await shop.events(ann.id)).toEqual(['user.registered.v1', 'user.changed.v1']);
  });

  it('makes another one the default only when asked', async () => {
    const ann = await shop.aCustomer();
    for (const [city, isDefault] of [
      ['A', false],
      ['B', false],
      ['C', true],
    ] as const)
      await add(ann, { city, isDefault });
    expect(await defaults(ann)).toEqual(['C']);
    expect((await book(ann)).map(({ city }) => city)).toEqual(['A', 'B', 'C']);
  });

  it('tells every field at fault, and does nothing', async () => {
    const ann = await shop.aCustomer();
    const payload = await add(ann, { recipient: ' ', lines: ['1 Quay Street', 'a\nb'], postalCode: 'x'.repeat(21) });
    expect(errorsOf(payload)).toEqual([
      'INVALID_ADDRESS input.recipient',
      'INVALID_ADDRESS input.lines.1',
      'INVALID_ADDRESS input.postalCode',
    ]);
    expect(errorsOf(await add(ann, { lines: [] }))).toEqual(['INVALID_ADDRESS input.lines']);
    expect(await book(ann)).toEqual([]);
    expect(await shop.events(ann.id)).toEqual(['user.registered.v1']);
  });

  it('refuses a country that does not exist as a bad request', async () => {
    const ann = await shop.aCustomer();
    const query = 'mutation($input: AddAddressInput!) { addAddress(input: $input) { address { id } } }';
    const { errors } = await shop.ask(query, { input: { ...fields, countryCode: 'XX' } }, ann);
    expect(errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  });

  it('fills the book and no more, whatever comes at once, and keeps one default', async () => {
    const ann = await shop.aCustomer();
    await shop.pool.query(
      `INSERT INTO "address" ("id", "user_id", "recipient", "lines", "city", "country_code", "is_default")
       SELECT gen_random_uuid(), $1, 'Ann', '{a}', 'Bristol', 'GB', n = 1 FROM generate_series(1, $2) n`,
      [requireUuid('usr', ann.id), MAX_ADDRESSES - 2],
    );
    const payloads = await Promise.all(Array.from({ length: 6 }, () => add(ann, { isDefault: true, city: 'New' })));
    expect(payloads.flatMap(errorsOf)).toEqual(Array(4).fill('TOO_MANY_ADDRESSES input'));
    expect(await book(ann)).toHaveLength(MAX_ADDRESSES);
    expect(await defaults(ann)).toEqual(['New']);
  });
});

describe('updateAddress', () => {
  it('changes what is given and keeps the rest', async () => {
    const ann = await shop.aCustomer();
    const { address } = await add(ann, { region: 'Avon', postalCode: 'BS1 4RW' });
    const changed = await update(ann, {
      id: address.id,
      city: 'Bath',
      region: null,
      recipient: null,
      isDefault: false,
    });
    expect(changed.address).toEqual({ ...address, city: 'Bath', region: null });
    expect(await book(ann)).toEqual([changed.address]);
    expect(await shop.events(ann.id)).toHaveLength(3);
  });

  it('makes an address the default', async () => {
    const ann = await shop.aCustomer();
    await add(ann, { city: 'A' });
    const { address } = await add(ann, { city: 'B' });
    await update(ann, { id: address.id, isDefault: true });
    expect(await defaults(ann)).toEqual(['B']);
  });

  it('refuses what would leave it invalid', async () => {
    const ann = await shop.aCustomer();
    const { address } = await add(ann);
    const payload = await update(ann, { id: address.id, recipient: '', lines: [] });
    expect(errorsOf(payload)).toEqual(['INVALID_ADDRESS input.recipient', 'INVALID_ADDRESS input.lines']);
    expect(await book(ann)).toEqual([address]);
  });
});

describe('removeAddress', () => {
  it('takes it out, and makes the oldest that is left the default', async () => {
    const ann = await shop.aCustomer();
    const [first] = [await add(ann, { city: 'A' }), await add(ann, { city: 'B' }), await add(ann, { city: 'C' })];
    expect(await remove(ann, first.address.id)).toEqual({ removedAddressId: first.address.id, userErrors: [] });
    expect(await defaults(ann)).toEqual(['B']);
    for (const { id } of await book(ann)) await remove(ann, id);
    expect(await book(ann)).toEqual([]);
  });
});

describe('an address of somebody else', () => {
  it('is not found, and not changed', async () => {
    const [ann, eve] = [await shop.aCustomer(), await shop.aCustomer('ADMIN')];
    const { address } = await add(ann);
    await add(eve);
    for (const id of [address.id, typeId('addr', newUuid())]) {
      expect(errorsOf(await update(eve, { id, city: 'Bath' }))).toEqual(['NOT_FOUND input.id']);
      const removed = await remove(eve, id);
      expect([removed.removedAddressId, errorsOf(removed)]).toEqual([null, ['NOT_FOUND input.id']]);
    }
    expect(await book(ann)).toEqual([address]);
  });
});

it.each([
  ['updateAddress', 'UpdateAddressInput'],
  ['removeAddress', 'RemoveAddressInput'],
])('%s tells a wrong kind of id as such', async (name, type) => {
  const query = `mutation($input: ${type}!) { ${name}(input: $input) { userErrors { code } } }`;
  const { errors } = await shop.ask(query, { input: { id: typeId('prod', newUuid()) } }, await shop.aCustomer());
  expect(errors?.[0]?.extensions.code).toBe('INVALID_ID');
});

it('wants whoever it belongs to: nobody and a user who is gone are told to log in', async () => {
  const query = 'mutation($input: AddAddressInput!) { addAddress(input: $input) { address { id } } }';
  for (const as of [undefined, aStranger()]) {
    const { data, errors } = await shop.ask(query, { input: fields }, as);
    expect([data ?? null, errors?.[0]?.extensions.code]).toEqual([null, 'UNAUTHENTICATED']);
  }
});

it('has one default at the most, and lines and lengths in bounds, also for whoever writes past the service', async () => {
  const ann = await shop.aCustomer();
  await add(ann);
  const insert = (lines: string, isDefault: boolean) =>
    shop.pool.query(
      `INSERT INTO "address" ("id", "user_id", "recipient", "lines", "city", "country_code", "is_default")
       VALUES (gen_random_uuid(), $1, 'Ann', $2, 'Bristol', 'GB', $3)`,
      [requireUuid('usr', ann.id), lines, isDefault],
    );
  await expect(insert('{a}', true)).rejects.toMatchObject({ constraint: 'address_default_key' });
  await expect(insert('{}', false)).rejects.toMatchObject({ constraint: 'address_lines' });
});
