import { buildSchema, Kind, type OperationDefinitionNode, parse, print, validate } from 'graphql';
import { expect, it } from 'vitest';
import { readLiveFields } from './live-fields.ts';
import { toLiveQuery } from './live-query.ts';

const sdl = `
  directive @live(query: String!, on: [String!]!) on FIELD_DEFINITION
  type Query { thing(id: ID!, in: String): Thing }
  type Thing { id: ID! name(upper: Boolean): String part: Thing }
  type Subscription { thingChanged(id: ID, in: String, initial: Boolean): Thing @live(query: "thing", on: ["thing.*"]) other: Thing }
`;
const schema = buildSchema(sdl);
const fields = readLiveFields(sdl, schema);
const isOperation = (node: { kind: string }): node is OperationDefinitionNode =>
  node.kind === Kind.OPERATION_DEFINITION;

function queryOf(text: string) {
  const document = parse(text);
  expect(validate(schema, document)).toEqual([]);
  const operation = document.definitions.find(isOperation);
  const live = operation && toLiveQuery(document, operation, fields);
  if (live) expect(validate(schema, live.document)).toEqual([]);
  return live && { ...live, text: print(live.document).replaceAll(/\s+/g, ' ') };
}

it('reads the query field again, with a variable in the place of the id', () => {
  expect(queryOf('subscription Watch($x: ID!) { thingChanged(id: $x) { id name } }')).toMatchObject({
    text: 'query Watch($id_: ID!) { thingChanged: thing(id: $id_) { id name } }',
    responseKey: 'thingChanged',
    idVariable: 'id_',
    variables: [],
    id: { kind: 'Variable', name: { value: 'x' } },
  });
});

it('keeps alias, directives, further arguments, and the variables that are still in use', () => {
  const text = `subscription ($id_: ID, $in: String, $up: Boolean, $no: Boolean!) {
    mine: thingChanged(id: $id_, in: $in) @include(if: true) { name(upper: $up) part @skip(if: $no) { id } }
  }`;
  expect(queryOf(text)).toMatchObject({
    text:
      'query ($in: String, $up: Boolean, $no: Boolean!, $id__: ID!) { mine: thing(in: $in, id: $id__) ' +
      '@include(if: true) { name(upper: $up) part @skip(if: $no) { id } } }',
    responseKey: 'mine',
    variables: ['in', 'up', 'no'],
  });
});

it('keeps for itself whether an answer is to come at once', () => {
  expect(queryOf('subscription ($now: Boolean) { thingChanged(id: 7, initial: $now) { id } }')?.text).toBe(
    'query ($id_: ID!) { thingChanged: thing(id: $id_) { id } }',
  );
});

it('finds its field in fragments, and takes along only the fragments of what it selects', () => {
  const text = `
    subscription { ... on Subscription { ...Root } }
    fragment Root on Subscription { thingChanged(id: 7) { ...Outer } }
    fragment Outer on Thing { part { ...Inner } }
    fragment Inner on Thing { name }
  `;
  expect(queryOf(text)?.text).toBe(
    'query ($id_: ID!) { thingChanged: thing(id: $id_) { ...Outer } } fragment Outer on Thing { part { ...Inner } } ' +
      'fragment Inner on Thing { name }',
  );
  expect(queryOf(text)?.id).toMatchObject({ kind: 'IntValue', value: '7' });
});

it('takes an operation without an id as it is, and leaves one alone that events do not serve', () => {
  expect(queryOf('subscription { thingChanged { id } }')?.id).toBeUndefined();
  expect(queryOf('subscription { other { id } }')).toBeUndefined();
});
