import { Fault } from '@entrepot/kernel/fault';
import { refuseAbove } from './too-large.ts';

export type ScanLimits = {
  /** In characters. */
  maxLength: number;
  /** Comments count as well: the parser makes tokens of them too. */
  maxTokens: number;
  /** Of braces, brackets and parentheses within each other: selection sets, lists, input objects, list types. */
  maxNesting: number;
};

const [TAB, LINE_FEED, RETURN, SPACE, COMMA] = [9, 10, 13, 32, 44];
const [QUOTE, HASH, BACKSLASH, DOT] = [34, 35, 92, 46];
const [UNDERSCORE, MINUS, PLUS] = [95, 45, 43];
const BYTE_ORDER_MARK = 0xfeff;

/**
 * Looks at a document's text before it is parsed, in one pass that calls nothing by itself: the parser descends once a level,
 * and enough levels would end the process's stack. What is no GraphQL passes: the parser says better what is wrong.
 * @throws Fault OPERATION_TOO_LARGE
 */
export function scanDocument(text: string, { maxLength, maxTokens, maxNesting }: ScanLimits): void {
  refuseAbove(maxLength, text.length, 'the document has', 'characters');
  let tokens = 0;
  let nesting = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (isIgnored(code)) {
      at++;
      continue;
    }
    if (++tokens > maxTokens)
      throw new Fault('OPERATION_TOO_LARGE', `the document has more than ${maxTokens} tokens and comments`);
    nesting += NESTING[code] ?? 0;
    if (nesting > maxNesting)
      throw new Fault('OPERATION_TOO_LARGE', `the document is nested more than ${maxNesting} levels deep`);
    at = endOfToken(text, at, code);
  }
}

const isIgnored = (code: number) =>
  code === SPACE || code === LINE_FEED || code === RETURN || code === TAB || code === COMMA || code === BYTE_ORDER_MARK;

/** By character code: ( ) [ ] { } */
const NESTING: Readonly<Record<number, number>> = { 40: 1, 41: -1, 91: 1, 93: -1, 123: 1, 125: -1 };

function endOfToken(text: string, at: number, code: number): number {
  if (code === HASH) return endOfLine(text, at);
  if (code === QUOTE) return text.startsWith('"""', at) ? endOfBlockString(text, at) : endOfString(text, at);
  if (code === DOT && text.startsWith('...', at)) return at + 3;
  const isPart = isDigit(code) || code === MINUS ? isOfNumber : isWord;
  let end = at + 1;
  if (isPart(code)) while (isPart(text.charCodeAt(end))) end++;
  return end;
}

const isDigit = (code: number) => code >= 48 && code <= 57;
const isLetter = (code: number) => (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
const isWord = (code: number) => isLetter(code) || isDigit(code) || code === UNDERSCORE;
const isOfNumber = (code: number) => isWord(code) || code === DOT || code === MINUS || code === PLUS;

function endOfLine(text: string, at: number): number {
  let end = at;
  while (end < text.length && text.charCodeAt(end) !== LINE_FEED && text.charCodeAt(end) !== RETURN) end++;
  return end;
}

/** A string ends with its line at the latest, where the parser will refuse it. */
function endOfString(text: string, at: number): number {
  for (let end = at + 1; end < text.length; end++) {
    const code = text.charCodeAt(end);
    if (code === QUOTE) return end + 1;
    if (code === LINE_FEED || code === RETURN) return end;
    if (code === BACKSLASH) end++;
  }
  return text.length;
}

function endOfBlockString(text: string, at: number): number {
  let end = at + 3;
  for (;;) {
    end = text.indexOf('"""', end);
    if (end === -1) return text.length;
    if (text.charCodeAt(end - 1) !== BACKSLASH) return end + 3;
    end += 3;
  }
}
