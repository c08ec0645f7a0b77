import { FIELDS, type ResponseHead, readResponseHead } from './response-head.ts';

/** Heads that differ in nothing but the length and what decides nothing, such as the date. */
type Kind = { readonly head: ResponseHead; readonly pattern: RegExp };

/** One server sends few kinds; where it sends many, to keep each would cost more than it saves. */
const MAX_KINDS = 4;
const KEEP_ONE_OF = 64;
const NAME = /^([^: ]+):([ \t]*)/;
const ANY_VALUE = '[\\t\\x20-\\x7e\\x80-\\xff]*';

/**
 * Reads heads as `readResponseHead` does. Nearly every one is of a kind that the same server has sent before, and to see that it is
 * takes a fraction of the time that reading it does.
 */
export function createHeadReader(): (text: string) => ResponseHead {
  const kinds: Kind[] = [];
  let unusual = 0;
  return (text) => {
    for (const { head, pattern } of kinds) {
      const match = pattern.exec(text);
      if (match) return typeof head.body === 'number' ? { ...head, body: Number(match[1]) } : head;
    }
    const head = readResponseHead(text);
    // Where there is no body, the length is that of another one.
    const hasBody = head.status >= 200 && head.status !== 204 && head.status !== 304;
    if (hasBody && (kinds.length < MAX_KINDS || ++unusual % KEEP_ONE_OF === 0)) {
      if (kinds.length === MAX_KINDS) kinds.shift();
      kinds.push({ head, pattern: patternOf(text) });
    }
    return head;
  };
}

/** What heads of the same kind as this one, which has been read, look like. */
function patternOf(head: string): RegExp {
  const lines = head.split('\r\n').map((line) => {
    const [, name = '', space = ''] = NAME.exec(line) ?? [];
    if (name.toLowerCase() === 'content-length') return `${literal(name)}:${space}(\\d{1,15})`;
    return name === '' || FIELDS.has(name.toLowerCase()) ? literal(line) : `${literal(name)}:${ANY_VALUE}`;
  });
  return new RegExp(`^${lines.join('\\r\\n')}$`);
}

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
