import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { type RetailLine, readRetailLine } from './retail-lines.ts';

const bundledFile = new URL('../online-retail.csv.gz', import.meta.url);

/** Every line of the bundled shop file below its header, in the order of the file. */
export function* readRetailFile(file: URL | string = bundledFile): Generator<RetailLine> {
  const text = gunzipSync(readFileSync(file)).toString('utf8');
  let number = 1;
  for (let start = endOfLine(text, 0) + 1; start < text.length; ) {
    const end = endOfLine(text, start);
    number += 1;
    // No field of this file holds a line break (checked by a test that counts its lines), so a line is a record.
    yield readRetailLine(text.slice(start, end), number);
    start = end + 1;
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
