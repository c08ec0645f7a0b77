import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { getIntrospectionQuery, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../config.ts';
import { limitsOf } from './limits-of.ts';
import { checkLimits, type OperationLimits } from './operation-limits.ts';
import { scanDocument } from './scan-document.ts';

const ample = 1_000;
const unlimited: OperationLimits = {
  maxDepth: ample,
  maxAliases: ample,
  maxRootFields: ample,
  maxDirectives: ample,
  maxDirectivesPerElement: ample,
  maxRepeats: ample,
  maxFields: ample,
  maxOperations: ample,
  maxFragments: ample,
  maxVariables: ample,
};
const check =
  (query: string, limits: Partial<OperationLimits> = {}) =>
  () =>
    checkLimits(parse(query), { ...unlimited, ...limits });
const tooLarge = expect.objectContaining({ code: 'OPERATION_TOO_LARGE' });

it.each<[keyof OperationLimits, number, string]>([
  ['maxDepth', 4, '{ a { b { c { d } } } }'],
  ['maxDepth', 4, '{ a { ...F } } fragment F on T { b { ... on T { ...G } } } fragment G on T { c { d } }'],
  ['maxDepth', 3, 'query A { a } query B { a { b { c } } }'],
  ['maxAliases', 3, '{ a: x b: x { c: x d } }'],
  ['maxAliases', 4, '{ a: __typename b: __typename c: __typename d: __typename }'],
  ['maxAliases', 4, '{ ...F ...F } fragment F on T { a: x { b: x } }'],
  ['maxRootFields', 5, '{ a { x y z } b ... on Q { c } ...F } fragment F on Q { d { x } e: a }'],
  ['maxDirectives', 5, 'query A($a: B @x) @x { a @x ... @x { b } ...F @x } fragment F on T { c }'],
  ['maxDirectives', 2, '{ a } fragment F on T @x { b { c @x } }'],
  ['maxDirectivesPerElement', 3, '{ a @x @x @x b @x }'],
  ['maxDirectivesPerElement', 2, 'query A($a: B @x @x) { a @x }'],
  ['maxRepeats', 3, '{ a a: b a }'],
  ['maxRepeats', 3, '{ a ... on Q { a } ...F } fragment F on Q { a b }'],
  ['maxRepeats', 4, '{ a { b b } a { b b } }'],
  ['maxRepeats', 1, '{ a { a { a } } }'],
  ['maxFields', 8, '{ a b { c } x: e y: f z: g h i }'],
  ['maxFields', 12, '{ ...F ...F } fragment F on T { ...G ...G } fragment G on T { a b c }'],
  ['maxFields', 3, '{ a } fragment F on T { a b c }'],
  ['maxOperations', 3, 'query A { a } mutation B { a } subscription C { a }'],
  ['maxFragments', 2, '{ a } fragment F on T { a } fragment G on T { a }'],
  ['maxVariables', 3, 'query A { a } query B($a: X, $b: X, $c: X) { b }'],
])('%s of %i is kept to the last one: %s', (name, exact, query) => {
  expect(check(query, { [name]: exact })).not.toThrow();
  expect(check(query, { [name]: exact - 1 })).toThrow(tooLarge);
});

describe('what validation refuses in its own words passes', () => {
  it.each([
    ['a fragment that nobody spreads, however deep', '{ a } fragment F on T { a { b { c } } }', { maxDepth: 1 }],
    ['a fragment within itself', '{ ...F } fragment F on T { a { ...F } b { ...F } }', {}],
    ['fragments within each other', '{ ...F } fragment F on T { ...G ...G } fragment G on T { ...F ...F a }', {}],
    ['an unknown fragment', '{ ...Nobody }', {}],
  ])('as does %s', (_, query, limits) => {
    expect(check(query, limits)).not.toThrow();
  });
});

describe('fragments that grow by powers', () => {
  const chain = (last: string) => {
    const links = Array.from({ length: 200 }, (_, at) => `fragment F${at} on T { ...F${at + 1} ...F${at + 1} }`);
    return `${links.join(' ')} fragment F200 on T { ${last} } { ...F0 }`;
  };

  it('are refused without being expanded', () => {
    expect(check(chain('a'))).toThrow(tooLarge);
  });

  it('to nothing at all are not expanded either', () => {
    expect(check(chain('...Nobody'))).not.toThrow();
  });
});

describe('the limits that are set by default', () => {
  const limits = limitsOf(loadConfig({}, []));
  const folder = resolve(import.meta.dirname, '../../../schema/operations');
  const files = readdirSync(folder).filter((file) => file.endsWith('.graphql'));

  it.each<readonly [string, string]>([
    [
      'introspection with all that it can ask',
      getIntrospectionQuery({
        inputValueDeprecation: true,
        oneOf: true,
        schemaDescription: true,
        directiveIsRepeatable: true,
        specifiedByUrl: true,
      }),
    ],
    ...files.map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const),
  ])('let %s pass', (_, text) => {
    expect(() => scanDocument(text, limits.document)).not.toThrow();
    expect(() => checkLimits(parse(text), limits.operation)).not.toThrow();
  });
});
