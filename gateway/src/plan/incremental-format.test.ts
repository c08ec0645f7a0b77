import { describe, expect, it } from 'vitest';
import { createFormat } from './incremental-format.ts';

const error = { message: 'no', extensions: { code: 'TIMEOUT' } };
const outer = {};
const inner = {};
const awaited = (of: object, paths: (string | number)[][], label?: string) => ({ of, label, paths: () => paths });

describe('the form with ids', () => {
  it('announces nothing beneath a null, and delivers nothing that was not announced', () => {
    const format = createFormat('v0.2');
    const data = '{"items":[{"id":1},null],"other":null}';
    const first = format.first(
      data,
      [],
      [
        awaited(
          outer,
          [
            ['items', 0],
            ['items', 1],
            ['other', 'x'],
          ],
          'more',
        ),
      ],
    );
    expect(JSON.parse(first)).toEqual({
      ...JSON.parse(`{"data":${data}}`),
      pending: [{ id: '0', path: ['items', 0], label: 'more' }],
      hasNext: true,
    });
    const items = [0, 1].map((index) => ({ path: ['items', index], label: 'more', data: '{"a":1}', errors: [] }));
    expect(JSON.parse(format.later(outer, items, [], false))).toEqual({
      incremental: [{ id: '0', data: { a: 1 } }],
      completed: [{ id: '0' }],
      hasNext: false,
    });
  });

  it('completes what has failed as a whole with its errors, and announces nothing within it', () => {
    const format = createFormat('v0.2');
    format.first('{"a":{},"b":{}}', [], [awaited(outer, [['a'], ['b']])]);
    const items = [
      { path: ['a'], label: undefined, data: 'null', errors: [error] },
      { path: ['b'], label: undefined, data: '{"c":{"d":null}}', errors: [error] },
    ];
    const next = [
      awaited(inner, [
        ['a', 'c'],
        ['b', 'c'],
        ['b', 'c', 'd'],
      ]),
    ];
    expect(JSON.parse(format.later(outer, items, next, true))).toEqual({
      pending: [{ id: '2', path: ['b', 'c'] }],
      incremental: [{ id: '1', data: { c: { d: null } }, errors: [error] }],
      completed: [{ id: '0', errors: [error] }, { id: '1' }],
      hasNext: true,
    });
  });

  it('tells the errors of what is not deferred, and of an answer without later parts that it has none', () => {
    const format = createFormat('v0.2');
    expect(JSON.parse(format.first('{"a":null}', [error], []))).toEqual({
      data: { a: null },
      errors: [error],
      hasNext: false,
    });
  });
});
