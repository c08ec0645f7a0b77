import { describe, expect, it } from 'vitest';
import { checkVariables } from './variable-limits.ts';

const invalid = expect.objectContaining({ code: 'INVALID_ARGUMENT' });
const check =
  (json: string, limits: { maxNesting?: number; maxBytes?: number } = {}) =>
  () =>
    checkVariables(JSON.parse(json), { maxNesting: 64, maxBytes: 1_000_000, ...limits });

describe('variables', () => {
  it.each(['{}', '{"a":1}', '{"a":"é\u{1f600}","b":[true,null,-1.5,"x"],"c":{"d":[],"e":{}}}'])(
    'have %s as many bytes as in JSON',
    (json) => {
      const bytes = Buffer.byteLength(json);
      expect(check(json, { maxBytes: bytes })).not.toThrow();
      expect(check(json, { maxBytes: bytes - 1 })).toThrow(invalid);
    },
  );

  it.each([
    ['lists', (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`],
    ['objects', (levels: number) => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`],
  ])('may be nested in %s as deep as it says, and not one deeper', (_, nested) => {
    expect(check(nested(64))).not.toThrow();
    expect(check(nested(65))).toThrow(invalid);
  });

  it('of a million levels are refused, and not descended into', () => {
    expect(check(`{"a":${'['.repeat(400_000)}${']'.repeat(400_000)}}`)).toThrow(invalid);
  });
});
