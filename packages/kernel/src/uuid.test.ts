import { describe, expect, it } from 'vitest';
import { newUuid, randAOf } from './uuid.ts';

describe('a UUIDv7', () => {
  it('has the layout of RFC 9562', () => {
    // The time of the example in the RFC's appendix A.6.
    const uuid = newUuid(new Date('2022-02-22T19:22:22.000Z'), 0xcc3);
    expect(uuid).toMatch(/^017f22e2-79b0-7cc3-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });

  it('sorts by the time it was made', () => {
    const uuids = [1, 2, 1_000, 1_700_000_000_000, 4_000_000_000_000].map((ms) => newUuid(new Date(ms)));
    expect(uuids.toSorted()).toEqual(uuids);
  });

  it('is never the same twice', () => {
    const at = new Date();
    expect(new Set(Array.from({ length: 10_000 }, () => newUuid(at))).size).toBe(10_000);
  });

  it.each([0, 1, 2048, 4095])('carries %d in its rand_a bits', (randA) => {
    expect(randAOf(newUuid(new Date(), randA))).toBe(randA);
  });

  it.each([-1, 4096, 1.5, Number.NaN])('cannot carry %d', (randA) => {
    expect(() => newUuid(new Date(), randA)).toThrow(RangeError);
  });
});
