import { expect, it } from 'vitest';
import { readAhead } from './read-ahead.ts';

const settle = async () => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

function source(parts: readonly (string | Error)[]) {
  const seen = { ended: 0, returned: 0 };
  async function* make() {
    try {
      for (const part of parts) {
        if (part instanceof Error) throw part;
        yield part;
      }
    } finally {
      seen.returned++;
    }
  }
  return { seen, parts: readAhead(make(), () => seen.ended++) };
}

it('a source is read to its end although nobody reads on, and everything is still there', async () => {
  const { parts, seen } = source(['a', 'b', 'c']);
  await settle();
  expect(seen.ended).toBe(1);
  const read: string[] = [];
  for await (const part of parts) read.push(part);
  expect(read).toEqual(['a', 'b', 'c']);
  expect(seen).toEqual({ ended: 1, returned: 1 });
});

it('what fails is told in its place', async () => {
  const { parts, seen } = source(['a', new Error('broken')]);
  await settle();
  expect(seen.ended).toBe(1);
  const read: string[] = [];
  const reading = (async () => {
    for await (const part of parts) read.push(part);
  })();
  await expect(reading).rejects.toThrow('broken');
  expect(read).toEqual(['a']);
});

it('whoever leaves ends the source', async () => {
  let release = () => {};
  const seen = { ended: 0, returned: 0 };
  async function* make() {
    try {
      yield 'a';
      await new Promise<void>((resolve) => (release = resolve));
      yield 'b';
      yield 'c';
    } finally {
      seen.returned++;
    }
  }
  for await (const part of readAhead(make(), () => seen.ended++)) {
    expect(part).toBe('a');
    await settle();
    release();
    break;
  }
  await settle();
  expect(seen).toEqual({ ended: 1, returned: 1 });
});
