/** Splits one CSV record (RFC 4180, without its line break) into fields. */
export function splitCsvRecord(record: string): string[] {
  // Nine lines of ten have no quote, and `split` is several times as fast as looking at each character.
  if (!record.includes('"')) return record.split(',');

  const fields: string[] = [];
  let position = 0;
  while (position <= record.length) {
    const { value, next } = record[position] === '"' ? quotedField(record, position) : plainField(record, position);
    fields.push(value);
    position = next;
  }
  return fields;
}

type Field = { value: string; next: number };

function plainField(record: string, start: number): Field {
  const comma = record.indexOf(',', start);
  const end = comma === -1 ? record.length : comma;
  return { value: record.slice(start, end), next: end + 1 };
}

function quotedField(record: string, start: number): Field {
  let value = '';
  let from = start + 1;
  for (;;) {
    const quote = record.indexOf('"', from);
    if (quote === -1) return { value: value + record.slice(from), next: record.length + 1 };
    value += record.slice(from, quote);
    if (record[quote + 1] !== '"') return { value, next: quote + 2 };
    value += '"';
    from = quote + 2;
  }
}
