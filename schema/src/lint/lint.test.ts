import { describe, expect, it } from 'vitest';
import { type Edit, smallShop } from '../small-shop.ts';
import { readSubgraphs } from '../subgraphs.ts';
import { lintSubgraphs } from './lint.ts';

const lint = (edits: readonly Edit[] = [], today = '2025-12-31') =>
  lintSubgraphs(readSubgraphs(smallShop(edits).read), today);
const shop = (from: string, to: string): Edit => ['shop.graphql', from, to];

it('finds nothing in a graph that keeps the conventions', () => expect(lint()).toEqual([]));

describe('the lint', () => {
  it.each<[what: string, rule: string, edit: Edit]>([
    ['a type without a description', 'description', shop('"Something."\n', '')],
    ['a field without a description', 'description', shop('  "How many there are."\n', '')],
    ['an argument without a description', 'description', shop('"The words." ', '')],
    ['an enum value without a description', 'description', shop('  "As blood."\n', '')],
    ['an input without a description', 'description', shop('"Which things."\n', '')],
    ['an input field without a description', 'description', shop('  "With these words."\n', '')],
    ['a blank description', 'description', shop('"Something."', '"  "')],
    ['a directive without a description', 'description', ['directives.graphql', '"Softly."\n', '']],
    ['a type that is not PascalCase', 'name-case', shop('"Units."', '"Bad."\nscalar big_number\n\n"Units."')],
    ['an acronym in capitals', 'name-case', shop('"Units."', '"Bad."\nscalar URLText\n\n"Units."')],
    ['a field that is not camelCase', 'name-case', shop('  count: Int!', '  item_count: Int!')],
    ['an argument that is not camelCase', 'name-case', shop('words: String): [Hit', 'Words: String): [Hit')],
    ['an enum value that is not UPPER_CASE', 'name-case', shop('  BLUE\n', '  blue\n')],
    ['a mutation that begins with a noun', 'mutation-verb', shop('  renameThing(', '  thingRename(')],
    ['a query that begins with "get"', 'query-noun', shop('  thing("The id."', '  getThing("The id."')],
    ['a mutation with two arguments', 'mutation-input', shop('renameThing(', 'renameThing("Which." id: ID, ')],
    [
      'a mutation with an optional input',
      'mutation-input',
      shop('input: RenameThingInput!)', 'input: RenameThingInput)'),
    ],
    ['a mutation with a nullable payload', 'mutation-payload', shop('): RenameThingPayload!', '): RenameThingPayload')],
    ['a mutation that returns the thing itself', 'mutation-payload', shop('): RenameThingPayload!', '): Thing!')],
    ['nullable userErrors', 'user-errors', shop('[RenameThingError!]!', '[RenameThingError!]')],
    ['no userErrors', 'user-errors', shop('  userErrors: [RenameThingError!]!', '  problems: [RenameThingError!]')],
    [
      'an error that is no UserError',
      'user-errors',
      shop('type RenameThingError implements UserError', 'type RenameThingError'),
    ],
    ['an error whose code is text', 'user-errors', shop('code: RenameThingErrorCode!', 'code: String!')],
    ['a payload that is never null', 'payload-nullable', shop('  thing: Thing\n', '  thing: Thing!\n')],
    ['a non-null reference to another service', 'nullable-reference', shop('  owner: Person\n', '  owner: Person!\n')],
    [
      'a list of references that are not nullable',
      'nullable-reference',
      shop('  owner: Person\n', '  owner: [Person!]\n'),
    ],
    [
      'a non-null field on an entity of another service',
      'nullable-reference',
      shop('@key(fields: "id", resolvable: false) {', '@key(fields: "id") {\n  "How many things."\n  things: Int!'),
    ],
    [
      'a connection without a bound',
      'connection-bounds',
      shop('    "How many."\n    first: Int! = 20\n    "After this cursor."\n    after: String\n', ''),
    ],
    ['a connection without a cursor', 'connection-bounds', shop('    "After this cursor."\n    after: String\n', '')],
    ['a connection without edges', 'connection-shape', shop('  edges: [ThingEdge!]!', '  items: [ThingEdge!]!')],
    ['a connection without page information', 'connection-shape', shop('  pageInfo: PageInfo!', '  info: PageInfo!')],
    ['a deprecation without a day', 'deprecation-date', shop('2026-01-01: use title', 'use title')],
    ['a deprecation on a day that does not exist', 'deprecation-date', shop('2026-01-01', '2026-02-30')],
  ])('finds %s', (_, rule, edit) => {
    expect(lint([edit])).toContainEqual(expect.objectContaining({ severity: 'error', rule }));
  });

  it('finds a deprecation on the day it runs out, not before', () => {
    expect(lint([], '2026-01-01')).toEqual([expect.objectContaining({ rule: 'deprecation-expired' })]);
    expect(lint([], '2025-12-31')).toEqual([]);
  });

  it('tells the file and the line of the name', () => {
    const [problem] = lint([['people.graphql', '  "The mail address."\n', '']]);
    expect(problem?.at).toEqual({ file: 'schema/people.graphql', line: 12 });
  });

  it('tells of a file that two subgraphs have in common once', () => {
    expect(lint([['directives.graphql', '"Softly."\n', '']])).toHaveLength(1);
  });

  it('takes a reference to one of its own entities as it is', () => {
    expect(lint([shop('  things: [Thing!]!\n', '  things: [Thing!]!\n  "The first."\n  one: Thing!\n')])).toEqual([]);
  });
});
