import { findBreakingChanges } from 'graphql';
import { describe, expect, it } from 'vitest';
import { apiSchema } from './api-schema.ts';
import { breakingSeeds as breaking, MAIL, people, shop } from './breaking-seeds.ts';
import { checkSchema, type SchemaFolder } from './check.ts';
import { safeSeeds as safe } from './safe-seeds.ts';
import { smallShop } from './small-shop.ts';

const today = '2026-11-24';
const before = smallShop();
const check = (now: SchemaFolder, options: Partial<Parameters<typeof checkSchema>[0]> = {}) =>
  checkSchema({ now, base: before, accepted: [], today, ...options }).problems;

// The deprecation in the small shop has run out: that belongs to other tests.
const withoutExpired = (folder: SchemaFolder) => check(folder).filter(({ rule }) => rule !== 'deprecation-expired');

describe('a breaking change', () => {
  it('is seeded in more than 20 ways', () => expect(breaking.length).toBeGreaterThanOrEqual(20));

  it.each(breaking)('is told when $what', ({ edits, kind, coordinate, hits }) => {
    const problems = check(smallShop(edits)).filter(({ severity, rule }) => severity === 'error' && rule === kind);
    const told = problems.find(({ message }) => message.includes(coordinate));
    expect(told).toBeDefined();
    expect(told?.message).toContain(hits.length === 0 ? 'no known operation uses it' : `hits ${hits.join(', ')}`);
    expect(told?.at?.file).toMatch(/^schema\/(shop|people|directives)\.graphql$/);
  });

  it.each(breaking)('is one for graphql-js too when $what', ({ edits }) => {
    const [base, next] = [before, smallShop(edits)].map(({ supergraph = '' }) => apiSchema(supergraph));
    if (!base || !next) throw new Error('two schemas');
    const theirs = findBreakingChanges(base, next);
    const ours = check(smallShop(edits)).filter(({ message }) => message.startsWith('breaking:'));
    // Ours finds more, such as a lost default: what graphql-js finds must be among it.
    expect(ours.length).toBeGreaterThanOrEqual(theirs.length);
  });
});

describe('a safe change', () => {
  it('is seeded in more than 20 ways', () => expect(safe.length).toBeGreaterThanOrEqual(20));

  it('is none at all', () => expect(withoutExpired(before)).toEqual([]));

  it.each(safe)('raises no alarm when $what', ({ edits }) => expect(withoutExpired(smallShop(edits))).toEqual([]));
});

describe('a dangerous change', () => {
  it.each([
    [
      'an enum value that clients read is added',
      'ENUM_VALUE_ADDED',
      shop('  BLUE\n', '  BLUE\n  "As grass."\n  GREEN\n'),
    ],
    [
      'a union gets a member',
      'UNION_MEMBER_ADDED',
      shop('union Hit = Thing | Box', 'union Hit = Thing | Box | PageInfo'),
    ],
    ['a default changes', 'ARGUMENT_DEFAULT_CHANGED', shop('first: Int! = 20', 'first: Int! = 50')],
    [
      'a type joins an interface',
      'INTERFACE_ADDED',
      shop('type ThingEdge {', 'type ThingEdge implements Named {\n  "The name."\n  title: String!'),
    ],
  ])('is a warning when %s', (_, rule, edit) => {
    expect(withoutExpired(smallShop([edit]))).toEqual([expect.objectContaining({ severity: 'warning', rule })]);
  });
});

describe('a break that may pass', () => {
  const oldTitle = shop(
    '  "What it was called."\n  oldTitle: String @deprecated(reason: "2026-01-01: use title")\n',
    '',
  );

  it('was announced, its day is over, and no known operation is left', () => {
    expect(check(smallShop([oldTitle]))).toEqual([
      expect.objectContaining({ severity: 'warning', rule: 'FIELD_REMOVED' }),
    ]);
  });

  it('fails as long as its day is not over', () => {
    const problems = check(smallShop([oldTitle]), { today: '2025-12-31' });
    expect(problems).toEqual([expect.objectContaining({ severity: 'error', rule: 'FIELD_REMOVED' })]);
  });

  it('fails as long as a known operation uses it', () => {
    const base = smallShop([], 'query Old($id: ID!) { thing(id: $id) { oldTitle } }');
    const problems = check(smallShop([oldTitle]), { base });
    expect(problems).toEqual([expect.objectContaining({ severity: 'error', rule: 'FIELD_REMOVED' })]);
  });

  it('was agreed to, with the reason', () => {
    const accepted = [{ coordinate: 'Person.mail', reason: 'nobody has one' }];
    const problems = check(smallShop([people(MAIL, '')]), { accepted }).filter(({ rule }) => rule === 'FIELD_REMOVED');
    expect(problems).toEqual([expect.objectContaining({ severity: 'warning' })]);
  });

  it('is told of when it was agreed to and did not happen', () => {
    const problems = check(before, { accepted: [{ coordinate: 'Person.mail', reason: 'nobody has one' }] });
    expect(problems).toContainEqual(expect.objectContaining({ severity: 'warning', rule: 'accepted-break-stale' }));
  });
});

describe('the check', () => {
  it('tells a supergraph that is not what the subgraphs compose to', () => {
    const now = { ...smallShop([people(MAIL, '')]), supergraph: before.supergraph };
    expect(check(now)).toContainEqual(expect.objectContaining({ severity: 'error', rule: 'supergraph-stale' }));
  });

  it('tells a supergraph that is missing', () => {
    const now = { ...before, supergraph: undefined };
    expect(check(now)).toContainEqual(expect.objectContaining({ severity: 'error', rule: 'supergraph-stale' }));
  });

  it('tells subgraphs that do not compose, with the file', () => {
    const problems = check(smallShop([shop('  count: Int!', '  count: Int!\n  "The name."\n  name: Undefined')]));
    expect(problems).toContainEqual(expect.objectContaining({ severity: 'error', rule: 'composition' }));
  });

  it('tells broken syntax with its line', () => {
    const read = (path: string) => (path === 'people.graphql' ? 'type Query {\n  me: }' : before.read(path));
    expect(check({ ...before, read })).toEqual([
      expect.objectContaining({ severity: 'error', rule: 'syntax', at: { file: 'schema/people.graphql', line: 2 } }),
    ]);
  });

  it('compares with nothing when there is no base', () => {
    const rules = check(smallShop([people(MAIL, '')]), { base: undefined }).map(({ rule }) => rule);
    expect(rules).toEqual(['deprecation-expired']);
  });
});
