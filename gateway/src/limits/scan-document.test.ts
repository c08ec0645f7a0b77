import { Lexer, parse, Source, TokenKind } from 'graphql';
import { describe, expect, it } from 'vitest';
import { scanDocument } from './scan-document.ts';

const generous = { maxLength: 2_000_000, maxTokens: 2_000_000, maxNesting: 64 };
const scan =
  (text: string, limits: Partial<typeof generous> = {}) =>
  () =>
    scanDocument(text, { ...generous, ...limits });
const tooLarge = expect.objectContaining({ code: 'OPERATION_TOO_LARGE' });

function tokensOf(text: string): number {
  const lexer = new Lexer(new Source(text));
  let tokens = 0;
  while (lexer.advance().kind !== TokenKind.EOF) tokens++;
  return tokens;
}

describe('the scan of a document', () => {
  it('allows as many characters as it says, and not one more', () => {
    expect(scan('{ a }', { maxLength: 5 })).not.toThrow();
    expect(scan('{ a  }', { maxLength: 5 })).toThrow(tooLarge);
  });

  it.each([
    ['names, marks and spreads', 'query A($b: [C!]! = 5) { d: e(f: $b) ...g @h }'],
    ['numbers, however they are written', '{ a(b: [-1.5e-3 0 12.25 -7]) }'],
    ['strings, whatever is in them', '{ a(b: "{ \\" [ #", c: """{ \\""" " [\n#""") }'],
    ['spreads without blanks', '{a...F...on G{b}}'],
  ])('counts %s as the parser does', (_, text) => {
    const tokens = tokensOf(text);
    expect(() => parse(text, { maxTokens: tokens })).not.toThrow();
    expect(() => parse(text, { maxTokens: tokens - 1 })).toThrow('tokens');
    expect(scan(text, { maxTokens: tokens })).not.toThrow();
    expect(scan(text, { maxTokens: tokens - 1 })).toThrow(tooLarge);
  });

  it('counts comments, of which the parser makes tokens too', () => {
    expect(scan('# one\r\n# two { { {\n{ a } # three', { maxTokens: 6 })).not.toThrow();
    expect(scan('# one\r\n# two { { {\n{ a } # three', { maxTokens: 5 })).toThrow(tooLarge);
  });

  it.each([
    ['selection sets', (levels: number) => `${'{ a '.repeat(levels)}${'}'.repeat(levels)}`],
    ['lists', (levels: number) => `{ a(b: ${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}) }`],
    ['input objects', (levels: number) => `{ a(b: ${'{c:'.repeat(levels - 2)}1${'}'.repeat(levels - 2)}) }`],
    ['list types', (levels: number) => `query($a:${'['.repeat(levels - 1)}B${']'.repeat(levels - 1)}) { c }`],
  ])('allows as many %s within each other as it says, and not one more', (_, nested) => {
    expect(scan(nested(64))).not.toThrow();
    expect(scan(nested(65))).toThrow(tooLarge);
    expect(scan(`${nested(64)} ${nested(64)}`)).not.toThrow();
  });

  it.each([
    ['strings', `{ a(b: "${'{'.repeat(100)}") }`],
    ['block strings', `{ a(b: """${'['.repeat(100)} \\""" ${'['.repeat(100)}""") }`],
    ['comments', `{ a #${'{'.repeat(100)}\n }`],
  ])('takes no braces in %s for nesting', (_, text) => {
    expect(scan(text)).not.toThrow();
    expect(() => parse(text)).not.toThrow();
  });

  it.each([
    ['braces', '{'],
    ['fields', '{a'],
    ['lists', '[a:'],
    ['unended strings', '{a(b:"\n'],
    ['strings behind each other', '{"'],
  ])('refuses a million %s before the parser would run out of stack', (_, part) => {
    expect(scan(part.repeat(1_000_000 / part.length))).toThrow(tooLarge);
  });

  it.each(['"', '"""', '{ a(b: "\\', '{ a(b: """\\"""', '#', '\ufeff', '..', '}}}}', '\0'])(
    'leaves the malformed document %j to the parser',
    (text) => {
      expect(scan(text)).not.toThrow();
    },
  );
});
