import { describe, expect, it } from 'vitest';
import { compileWalk, representOnce } from './places.ts';
import { createRequestContext } from './request-context.ts';
import { type Run, receive, startRun } from './run.ts';
import type { Tree } from './tree.ts';

const path = ['users', '@', 'maker'];
const runOver = (data: Tree): Run => {
  const context = createRequestContext({ viewer: undefined, authorization: undefined }, 0);
  const run = startRun({ variables: {}, coerced: {} }, context, async () => ({ data: null, errors: [] }));
  return Object.assign(run, { data });
};
const namesIn = ({ trees }: { readonly trees: readonly Tree[] }) => trees.map(({ name }) => name);

describe('a walk', () => {
  it('finds the objects of a place in lists and lists of lists, and each shared one once', () => {
    const both = { name: 'both' };
    const run = runOver({
      users: [[{ maker: { name: 'a' } }], { maker: both }, null, { maker: both }, { maker: null }],
    });
    expect(namesIn(compileWalk(['users', '@', '@', 'maker'])(run))).toEqual(['a']);
    expect(namesIn(compileWalk(path)(run))).toEqual(['both', 'both']);
    run.shared.add(both);
    receive(run, true);
    expect(namesIn(compileWalk(path)(run))).toEqual(['both']);
  });

  it('is made once by those who come to one place in one moment, and again when more has been received', () => {
    const run = runOver({ users: [{ maker: { name: 'a' } }, {}] });
    const [one, other] = [compileWalk(path), compileWalk([...path])];
    const first = one(run);
    expect(other(run)).toBe(first);
    receive(run, true);
    Object.assign(Object(run.data.users)[1], { maker: { name: 'b' } });
    expect(namesIn(other(run))).toEqual(['a', 'b']);
    expect(namesIn(first)).toEqual(['a']);
  });

  it('is another one in other data, and at another place', () => {
    const run = runOver({ users: [{ maker: { name: 'a' } }] });
    const walk = compileWalk(path);
    walk(run);
    expect(namesIn(walk({ ...run, data: { users: [{ maker: { name: 'c' } }] } }))).toEqual(['c']);
    expect(compileWalk(['users', '@'])(run).trees).toEqual(run.data.users);
    expect(namesIn(walk(run))).toEqual(['a']);
  });
});

it('what was found is represented once for those who do it in one way', () => {
  const walked = compileWalk(path)(runOver({ users: [] }));
  const asked = (text: string) => ({ found: [], texts: [text], owners: [] });
  const first = representOnce(walked, 'by id', () => asked('one'));
  expect(representOnce(walked, 'by id', () => asked('two'))).toBe(first);
  expect(representOnce(walked, 'by name', () => asked('two')).texts).toEqual(['two']);
});
