/** Arguments that a generated field may have. */
export const ARGUMENTS = [
  '(size: Int = 4)',
  '(size: Int!, mood: Mood = MID)',
  '(filter: Filter, size: Int)',
  '(size: Int, texts: [String!] = ["a"], id: ID)',
];

export const withoutDirectives = (text: string) => text.replace(/ @.*$/, '');
export const isTakable = (text: string) => !/@(external|override|inaccessible)/.test(text) && !text.startsWith('"');
export const isRequirable = (text: string) =>
  isTakable(text) &&
  !(text.split(':')[0] ?? '').match(/^(id|code|region|number|place)$/) &&
  /: \[*(String|Int|Float|Boolean|ID|Mood|Json|Place)\b/.test(text.replace(/\(.*\)/, ''));
export const isMovable = (field: string, text: string) =>
  field.startsWith('f') && !text.includes('@') && isRequirable(text);
