/**
 * A metric label from a list of known values; everything else becomes `other`, so that clients who choose names freely
 * cannot fill the memory of whoever counts them.
 */
export function boundedLabel(known: Iterable<string>): (value: string | null | undefined) => string {
  const values = new Set(known);
  return (value) => (value && values.has(value) ? value : 'other');
}
