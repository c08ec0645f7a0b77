import { expect, it } from 'vitest';
import { writeMultipart } from './multipart.ts';

async function* of(...parts: string[]) {
  yield* parts;
}

it('ends each part with the boundary that completes it, before the next part is there', async () => {
  const written: string[] = [];
  for await (const text of writeMultipart(of('{"data":{},"hasNext":true}', '{"hasNext":false}'))) written.push(text);
  const head = 'content-type: application/json; charset=utf-8';
  expect(written).toEqual([
    `\r\n---\r\n${head}\r\n\r\n{"data":{},"hasNext":true}\r\n---`,
    `\r\n${head}\r\n\r\n{"hasNext":false}\r\n---`,
    '--\r\n',
  ]);
});

it('stops its source when its reader stops', async () => {
  let isStopped = false;
  async function* endless() {
    try {
      for (;;) yield '{}';
    } finally {
      isStopped = true;
    }
  }
  for await (const _ of writeMultipart(endless())) break;
  expect(isStopped).toBe(true);
});
