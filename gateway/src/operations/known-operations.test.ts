import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'graphql';
import { expect, it, onTestFinished } from 'vitest';
import { readKnownOperations } from './known-operations.ts';

function folderOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'entrepot-operations-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

it('knows each operation of a file with the fragments that it uses, and no other combination of them', () => {
  const known = readKnownOperations(
    folderOf({ 'a.graphql': 'query A { ...F } query B { b } fragment F on Query { a }' }),
  );
  const has = (text: string) => known.has(parse(text));
  expect(known.names).toEqual(['A', 'B']);
  expect(has('query A { ...F } fragment F on Query { a }')).toBe(true);
  expect(has('query B {\n  b\n}')).toBe(true);
  expect(has('query A { ...F } query B { b } fragment F on Query { a }')).toBe(true);
  expect(has('query A { ...F } fragment F on Query { a secret }')).toBe(false);
  expect(has('query B { b } fragment F on Query { a }')).toBe(false);
  expect(has('query C { b }')).toBe(false);
});

it('knows what Apollo Client makes of an operation, which asks for the type of each object', () => {
  const known = readKnownOperations(folderOf({ 'a.graphql': 'query A { a { b { c } __typename } }' }));
  expect(known.has(parse('query A { a { b { c __typename } __typename } }'))).toBe(true);
  expect(known.has(parse('query A { a { b { c } __typename } __typename }'))).toBe(false);
});

it('says which file cannot be read', () => {
  expect(() => readKnownOperations(folderOf({ 'b.graphql': 'query {' }))).toThrow(/b\.graphql: Syntax Error/);
  expect(() => readKnownOperations(folderOf({ 'c.json': '[1]' }))).toThrow(/c\.json: this is no manifest/);
  expect(() => readKnownOperations(folderOf({ 'd.json': '{' }))).toThrow(/d\.json/);
});

it('knows nothing where there is no folder', () => {
  expect(readKnownOperations('/nowhere').names).toEqual([]);
});
