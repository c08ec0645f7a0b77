/** A break that people agreed to: it is told, and does not fail the check. */
export type AcceptedBreak = { readonly coordinate: string; readonly reason: string };

/** Reads `[{ "coordinate": "Type.field", "reason": "…" }]`. */
export function readAcceptedBreaks(text: string): readonly AcceptedBreak[] {
  const list: unknown = JSON.parse(text);
  if (Array.isArray(list) && list.every(isAcceptedBreak)) return list;
  throw new Error('schema/accepted-breaks.json is not a list of { "coordinate", "reason" }');
}

function isAcceptedBreak(value: unknown): value is AcceptedBreak {
  if (typeof value !== 'object' || value === null) return false;
  if (!('coordinate' in value && typeof value.coordinate === 'string')) return false;
  return 'reason' in value && typeof value.reason === 'string' && value.reason !== '';
}
