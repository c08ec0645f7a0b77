import { describe, expect, it } from 'vitest';
import { kindOf, newUuid, requireUuid, typeId, uuidOf } from './ids.ts';

const NIL = '00000000-0000-0000-0000-000000000000';

describe('a TypeID', () => {
  // spec/valid.yml of the TypeID specification 0.3, under a prefix of ours.
  it.each([
    [NIL, '00000000000000000000000000'],
    ['00000000-0000-0000-0000-000000000001', '00000000000000000000000001'],
    ['00000000-0000-0000-0000-00000000000a', '0000000000000000000000000a'],
    ['00000000-0000-0000-0000-000000000010', '0000000000000000000000000g'],
    ['00000000-0000-0000-0000-000000000020', '00000000000000000000000010'],
    ['ffffffff-ffff-ffff-ffff-ffffffffffff', '7zzzzzzzzzzzzzzzzzzzzzzzzz'],
    ['0110c853-1d09-52d8-d73e-1194e95b5f19', '0123456789abcdefghjkmnpqrs'],
    ['01890a5d-ac96-774b-bcce-b302099a8057', '01h455vb4pex5vsknk084sn02q'],
  ])('of %s ends in %s, and leads back', (uuid, suffix) => {
    expect(typeId('ord', uuid)).toBe(`ord_${suffix}`);
    expect(uuidOf('ord', `ord_${suffix}`)).toBe(uuid);
  });

  // spec/invalid.yml, likewise.
  it.each([
    'ORD_00000000000000000000000000',
    '  ord_00000000000000000000000000',
    '_00000000000000000000000000',
    '_',
    '',
    'ord_',
    'ord_1234567890123456789012345',
    'ord_123456789012345678901234567',
    'ord_1234567890123456789012345 ',
    'ord_0123456789ABCDEFGHJKMNPQRS',
    'ord_123456789-123456789-123456',
    'ord_ooooooiiiiiiuuuuuuulllllll',
    'ord_i23456789ol23456789oi23456',
    'ord_123456789-0123456789-0123456',
    'ord_8zzzzzzzzzzzzzzzzzzzzzzzzz',
    'ord__0000000000000000000000000',
    'ord_é0000000000000000000000000',
    'ord_€0000000000000000000000000',
  ])('is not %j', (text) => {
    expect(uuidOf('ord', text)).toBeUndefined();
  });

  it('keeps every UUID, and the order of UUIDs', () => {
    const uuids = Array.from({ length: 2_000 }, (_, index) => newUuid(new Date(1_700_000_000_000 + index)));
    const ids = uuids.map((uuid) => typeId('prod', uuid));
    expect(ids.map((id) => uuidOf('prod', id))).toEqual(uuids);
    expect(ids.toSorted()).toEqual(ids);
  });

  it('may be made of a UUID in capitals', () => {
    expect(typeId('ord', '01890A5D-AC96-774B-BCCE-B302099A8057')).toBe('ord_01h455vb4pex5vsknk084sn02q');
  });

  it.each([
    '',
    '01890a5d',
    '01890a5dac96774bbcceb302099a8057',
    `${NIL}0`,
    NIL.replace('0', 'g'),
    NIL.replace('0', 'é'),
  ])('cannot be made of %j', (text) => {
    expect(() => typeId('ord', text)).toThrow(RangeError);
  });

  it('of another kind is told as such', () => {
    expect(uuidOf('prod', typeId('ord', NIL))).toBeUndefined();
    const given = typeId('usr', NIL);
    expect(() => requireUuid('prod', given)).toThrow(
      expect.objectContaining({ code: 'INVALID_ID', message: expect.stringMatching(/user.*product/) }),
    );
    expect(() => requireUuid('prod', 'x'.repeat(10_000))).toThrow(expect.objectContaining({ code: 'INVALID_ID' }));
  });

  it('tells its kind', () => {
    expect(kindOf(typeId('addr', NIL))).toBe('addr');
    expect(kindOf(`toString_${'0'.repeat(26)}`)).toBeUndefined();
    expect(kindOf('ord_x')).toBeUndefined();
  });
});
