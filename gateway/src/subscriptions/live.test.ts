import { describe, expect, it } from 'vitest';
import { createChanges } from './changes.ts';
import { ENDINGS } from './ending.ts';
import { createLive } from './live.ts';

const failed = (code: string) => ({ data: { thing: null }, errors: [{ message: code, extensions: { code } }] });

function live(answers: unknown[], first?: 'noted' | 'null') {
  const changes = createChanges();
  const asked: string[] = [];
  const counts = { answers: 0, failures: 0 };
  const running = createLive({
    changes,
    responseKey: 'thing',
    first,
    retryMs: 1,
    onAnswer: () => void counts.answers++,
    onFailed: () => void counts.failures++,
    read: async (id) => {
      asked.push(id);
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer instanceof Error) throw answer;
      return { text: JSON.stringify(answer), result: JSON.parse(JSON.stringify(answer)) };
    },
  });
  return { changes, running, asked, counts };
}

describe('a live query', () => {
  it('answers each change with what is read then, one after the other and when it is taken', async () => {
    const { changes, running, asked, counts } = live([{ data: { thing: { id: 'a' } } }]);
    changes.note('a', 1);
    changes.note('b', 2);
    expect(await running.next()).toMatchObject({ text: '{"data":{"thing":{"id":"a"}}}' });
    expect(asked).toEqual(['a']);
    await running.next();
    expect(asked).toEqual(['a', 'b']);
    expect(await running.next(1)).toBe('idle');
    expect(counts.answers).toBe(2);
  });

  it.each([
    ['is not there', { data: { thing: null } }],
    ['is refused', failed('FORBIDDEN')],
    ['is left out', { data: {} }],
  ])('says nothing of what %s', async (_, answer) => {
    const { changes, running, asked, counts } = live([answer]);
    changes.note('a', 1);
    expect(await running.next(5)).toBe('idle');
    expect(asked).toEqual(['a']);
    expect(counts).toEqual({ answers: 0, failures: 0 });
  });

  it('tells once that nothing is there, where the present state is to come first', async () => {
    const { changes, running } = live([failed('UNAVAILABLE'), { data: { thing: null } }], 'noted');
    changes.note('a', 1);
    expect(await running.next()).toMatchObject({ text: '{"data":{"thing":null}}' });
    changes.note('a', 2);
    expect(await running.next(5)).toBe('idle');
  });

  it('tells at once that it has begun to whoever follows no single thing, and asks nothing for it', async () => {
    const { changes, running, asked } = live([{ data: { thing: { id: 'a' } } }], 'null');
    changes.note('a', 1);
    expect(await running.next()).toMatchObject({ text: '{"data":{"thing":null}}' });
    expect(asked).toEqual([]);
    expect(await running.next()).toMatchObject({ text: '{"data":{"thing":{"id":"a"}}}' });
  });

  it('tells a part of the answer with its errors', async () => {
    const { changes, running } = live([{ ...failed('TIMEOUT'), data: { thing: { id: 'a', part: null } } }]);
    changes.note('a', 1);
    expect(await running.next()).toMatchObject({ result: { errors: [{ extensions: { code: 'TIMEOUT' } }] } });
  });

  it('reads again what could not be read, until it can be', async () => {
    const { changes, running, asked } = live([
      failed('UNAVAILABLE'),
      new Error('broken'),
      { errors: failed('OVERLOADED').errors },
      { data: { thing: { id: 'a' } } },
    ]);
    changes.note('a', 1);
    expect(await running.next()).toMatchObject({ text: '{"data":{"thing":{"id":"a"}}}' });
    expect(asked).toHaveLength(4);
  });

  it('gives one change up in the end, tells nobody but the operator, and goes on', async () => {
    const { changes, running, asked, counts } = live([failed('UNAVAILABLE')]);
    changes.note('a', 1);
    const next = running.next();
    await expect.poll(() => counts.failures, { interval: 5 }).toBe(1);
    expect(asked).toHaveLength(8);
    running.end();
    expect(await next).toBeUndefined();
    expect(counts.answers).toBe(0);
  });

  it('says nothing more once it has ended, not even what was being read', async () => {
    const { changes, running } = live([{ data: { thing: { id: 'a' } } }]);
    changes.note('a', 1);
    const next = running.next();
    running.end(ENDINGS.shutdown);
    expect(await next).toBeUndefined();
    expect(running.ending).toBe(ENDINGS.shutdown);
  });

  it('ends when the graph has become another that it does not fit', async () => {
    const { changes, running } = live([{ errors: failed('GRAPHQL_VALIDATION_FAILED').errors }]);
    changes.note('a', 1);
    expect(await running.next()).toBeUndefined();
    expect(running.ending).toBe(ENDINGS.invalid);
  });
});
