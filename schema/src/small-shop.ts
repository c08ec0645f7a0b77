import type { SchemaFolder } from './check.ts';
import { composeSupergraph } from './compose.ts';
import { readSubgraphs } from './subgraphs.ts';

/** A graph as small as the rules allow, which the tests of the checks change. */
const SMALL_SHOP: Readonly<Record<string, string>> = {
  'subgraphs.json': JSON.stringify({
    shop: { url: 'http://shop', files: ['link.graphql', 'directives.graphql', 'shop.graphql'] },
    people: { url: 'http://people', files: ['link.graphql', 'directives.graphql', 'people.graphql'] },
  }),
  'link.graphql': `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@inaccessible", "@override"])
`,
  'directives.graphql': `"Loudly."
directive @loud("How loud." level: Int) repeatable on FIELD | QUERY

"Softly."
directive @soft on FIELD
`,
  'people.graphql': `type Query {
  "Who asks."
  me: Person
}

"Somebody."
type Person @key(fields: "id") {
  "The id."
  id: ID!
  "The name."
  name: String!
  "The mail address."
  mail: String
}
`,
  'shop.graphql': `type Query {
  "A thing by id."
  thing("The id." id: ID!): Thing
  "All things."
  things(
    "How many."
    first: Int! = 20
    "After this cursor."
    after: String
    "Which."
    where: ThingFilter
    "Of this colour."
    colour: Colour = RED
  ): ThingConnection!
  "A thing or a person."
  search("The words." words: String): [Hit!]!
  "Any of what has a name."
  named: Named
}

type Mutation {
  "Renames a thing."
  renameThing("Which, and how." input: RenameThingInput!): RenameThingPayload!
}

"What has a name."
interface Named {
  "The name."
  title: String!
}

"What the search finds."
union Hit = Thing | Box

"A box of things."
type Box implements Named {
  "The name."
  title: String!
  "What is inside."
  things: [Thing!]!
}

"Something."
type Thing implements Named @key(fields: "id") {
  "The id."
  id: ID!
  "The name."
  title: String!
  "The colour."
  colour: Colour!
  "How many there are."
  count: Int!
  "What it was called."
  oldTitle: String @deprecated(reason: "2026-01-01: use title")
  "The sizes it comes in."
  sizes("The unit." unit: Unit = CM, "How precise." digits: Int): [Int!]
  "Whose it is."
  owner: Person
}

"Somebody."
type Person @key(fields: "id", resolvable: false) {
  "The id."
  id: ID!
}

"Colours."
enum Colour {
  "As blood."
  RED
  "As the sea."
  BLUE
}

"Units."
enum Unit {
  "Centimetres."
  CM
  "Inches."
  INCH
}

"Which things."
input ThingFilter {
  "With these words."
  words: String
  "With at least so many."
  minCount: Int! = 0
  "Of one of these colours."
  colours: [Colour!]
}

"A page of things."
type ThingConnection {
  "The things with their cursors."
  edges: [ThingEdge!]!
  "Where the page ends."
  pageInfo: PageInfo!
}

"A thing in a page."
type ThingEdge {
  "The position."
  cursor: String!
  "The thing."
  node: Thing!
}

"Where a page ends."
type PageInfo {
  "Whether there is more."
  hasNextPage: Boolean!
}

"What a caller can mend."
interface UserError {
  "What was wrong."
  message: String!
}

"What renameThing needs."
input RenameThingInput {
  "The thing."
  id: ID!
  "The new name."
  title: String
}

"The outcome of renameThing."
type RenameThingPayload {
  "The thing; null when there are errors."
  thing: Thing
  "Why it was not renamed."
  userErrors: [RenameThingError!]!
}

"Why it was not renamed."
type RenameThingError implements UserError {
  "What was wrong."
  message: String!
  "The kind."
  code: RenameThingErrorCode!
}

"The kinds of error of renameThing."
enum RenameThingErrorCode {
  "There is none."
  NOT_FOUND
  "The name is empty."
  INVALID_TITLE
}
`,
};

const OPERATIONS = `query ThingPage($id: ID!) { thing(id: $id) { id title colour sizes(unit: INCH) owner { name } } }
query ThingList($where: ThingFilter) { things(first: 10, where: $where) { edges { node { id } } } }
query RedThings { things(colour: RED, where: { minCount: 1 }) { pageInfo { hasNextPage } } }
query Find { search { ... on Thing { id } ... on Box { title } } named { title } }
query Me { me @loud(level: 2) { id name } }
mutation Rename($input: RenameThingInput!) { renameThing(input: $input) { thing { id } userErrors { message code } } }
`;

export type Edit = readonly [file: string, from: string, to: string];

/** The small shop's schema folder after some edits, with a supergraph that is up to date where it composes. */
export function smallShop(edits: readonly Edit[] = [], operations = OPERATIONS): SchemaFolder {
  const files = new Map(Object.entries(SMALL_SHOP));
  for (const [file, from, to] of edits) {
    const text = files.get(file);
    // An edit that changes nothing would make any test of it pass.
    if (!text?.includes(from)) throw new Error(`"${from}" is not in ${file}`);
    files.set(file, text.replace(from, to));
  }
  const read = (path: string) => files.get(path) ?? '';
  const composition = composeSupergraph(readSubgraphs(read));
  return {
    read,
    supergraph: composition.ok ? composition.supergraph : undefined,
    operations: [{ file: 'schema/operations/shop.graphql', text: operations }],
  };
}
