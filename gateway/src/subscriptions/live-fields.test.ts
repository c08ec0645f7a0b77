import { buildSchema } from 'graphql';
import { expect, it } from 'vitest';
import { readLiveFields } from './live-fields.ts';

const DIRECTIVE = 'directive @live(query: String!, on: [String!]!) on FIELD_DEFINITION';
const read = (query: string, subscription: string) => {
  const sdl = `${DIRECTIVE} type Query { ${query} } type Thing { id: ID! } type Subscription { ${subscription} }`;
  return readLiveFields(sdl, buildSchema(sdl));
};

it('reads which query field answers for which events', () => {
  const fields = read(
    'thing(id: ID!, in: String): Thing',
    'thingChanged(id: ID, in: String): Thing @live(query: "thing", on: ["thing.*", "box.moved.v1"]) other: Thing',
  );
  expect([...fields.keys()]).toEqual(['thingChanged']);
  const field = fields.get('thingChanged');
  expect(field).toMatchObject({ query: 'thing', entity: 'Thing' });
  const types = ['thing.made.v1', 'box.moved.v1', 'box.moved.v2', 'things.made.v1'];
  expect(types.filter((type) => field?.isAbout(type))).toEqual(['thing.made.v1', 'box.moved.v1']);
});

it('takes an argument that asks for an answer at once, which the query field need not have', () => {
  const initialOf = (query: string, type: string) =>
    read(query, `thingChanged(id: ID, initial: ${type}): Thing @live(query: "thing", on: [])`).get('thingChanged')
      ?.hasInitial;
  expect(initialOf('thing(id: ID!): Thing', 'Boolean! = false')).toBe(true);
  expect(initialOf('thing(id: ID!, initial: Boolean): Thing', 'Boolean')).toBe(false);
  expect(() => initialOf('thing(id: ID!): Thing', 'String')).toThrow(/no argument initial/);
});

it('finds nothing in a graph without subscriptions', () => {
  const sdl = 'type Query { a: Int }';
  expect(readLiveFields(sdl, buildSchema(sdl)).size).toBe(0);
});

it.each([
  ['is not there', 'other(id: ID!): Thing', 'id: ID!', 'Thing'],
  ['returns something else', 'thing(id: ID!): String', 'id: ID!', 'Thing'],
  ['is never null', 'thing(id: ID!): Thing!', 'id: ID!', 'Thing!'],
  ['returns a list', 'thing(id: ID!): [Thing]', 'id: ID!', '[Thing]'],
  ['takes no id', 'thing(key: ID!): Thing', 'key: ID!', 'Thing'],
  ['does not take what the subscription takes', 'thing(id: ID!): Thing', 'id: ID!, in: String', 'Thing'],
])('refuses a query field that %s', (_, query, args, type) => {
  expect(() => read(query, `thingChanged(${args}): ${type} @live(query: "thing", on: ["thing.*"])`)).toThrow(
    /thingChanged cannot be served by Query\.thing/,
  );
});
