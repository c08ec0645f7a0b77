import { everywhere, MAIL, people, shop } from './breaking-seeds.ts';
import type { Edit } from './small-shop.ts';

/** Changes of the small shop that no client notices. */
export const safeSeeds: { what: string; edits: Edit[] }[] = [
  {
    what: 'a type is added',
    edits: [people('"Somebody."', '"A pet."\ntype Pet {\n  "The name."\n  name: String!\n}\n\n"Somebody."')],
  },
  { what: 'a field is added', edits: [people(MAIL, `${MAIL}  "The age."\n  age: Int\n`)] },
  { what: 'a root field is added', edits: [people('type Query {', 'type Query {\n  "The time."\n  time: String!')] },
  { what: 'an optional argument is added', edits: [people('me: Person', 'me("As whom." as: ID): Person')] },
  {
    what: 'a non-null argument with a default is added',
    edits: [people('me: Person', 'me("How fresh." maxAge: Int! = 0): Person')],
  },
  {
    what: 'an optional input field is added',
    edits: [shop('  "The new name."', '  "Why."\n  reason: String\n  "The new name."')],
  },
  {
    what: 'a non-null input field with a default is added',
    edits: [shop('  "The new name."', '  "Quietly."\n  quiet: Boolean! = false\n  "The new name."')],
  },
  { what: 'a field becomes non-null', edits: [people('mail: String', 'mail: String!')] },
  { what: 'a list becomes non-null', edits: [shop('): [Int!]\n', '): [Int!]!\n')] },
  { what: 'an argument becomes nullable', edits: [shop('"The id." id: ID!): Thing', '"The id." id: ID): Thing')] },
  { what: 'an input field becomes nullable', edits: [shop('minCount: Int! = 0', 'minCount: Int = 0')] },
  {
    what: 'a required input field becomes optional',
    edits: [shop('"The thing."\n  id: ID!', '"The thing."\n  id: ID')],
  },
  { what: 'the items of a list argument become nullable', edits: [shop('colours: [Colour!]', 'colours: [Colour]')] },
  { what: 'an enum value that is only sent is added', edits: [shop('  INCH\n', '  INCH\n  "Metres."\n  METRE\n')] },
  { what: 'a description changes', edits: [people('"The name."', '"The full name."')] },
  {
    what: 'a field is deprecated',
    edits: [people('mail: String', 'mail: String @deprecated(reason: "2027-06-01: write letters")')],
  },
  { what: 'a deprecation is moved', edits: [shop('2026-01-01: use title', '2027-01-01: use title')] },
  { what: 'fields change places', edits: [people(MAIL, ''), people('  "The id."\n', `${MAIL}  "The id."\n`)] },
  {
    what: 'enum values change places',
    edits: [shop('  "Centimetres."\n  CM\n', ''), shop('  INCH\n', '  INCH\n  "Centimetres."\n  CM\n')],
  },
  {
    what: 'a mutation is added',
    edits: [
      shop(
        '"Renames a thing."',
        '"Adds a thing."\n  addThing("What." input: AddThingInput!): AddThingPayload!\n  "Renames a thing."',
      ),
      shop(
        '"Units."',
        '"What addThing needs."\ninput AddThingInput {\n  "The name."\n  title: String!\n}\n\n"The outcome."\ntype AddThingPayload {\n  "The thing."\n  thing: Thing\n  "Why not."\n  userErrors: [AddThingError!]!\n}\n\n"Why not."\ntype AddThingError implements UserError {\n  "What was wrong."\n  message: String!\n  "The kind."\n  code: AddThingErrorCode!\n}\n\n"The kinds."\nenum AddThingErrorCode {\n  "It is empty."\n  INVALID_TITLE\n}\n\n"Units."',
      ),
    ],
  },
  {
    what: 'a connection is added',
    edits: [
      shop(
        '"What is inside."',
        '"All of it."\n  page("How many." first: Int! = 5, "After this." after: String): ThingConnection!\n  "What is inside."',
      ),
    ],
  },
  {
    what: 'a directive may stand in more places',
    edits: [everywhere('on FIELD | QUERY', 'on FIELD | QUERY | MUTATION')],
  },
  {
    what: 'a directive is added',
    edits: [everywhere('"Loudly."', '"Quietly."\ndirective @quiet on FIELD\n\n"Loudly."')],
  },
  {
    what: 'an interface is added to the graph',
    edits: [
      people(
        '"Somebody."',
        '"What has a mail address."\ninterface Reachable {\n  "The mail address."\n  mail: String\n}\n\n"Somebody."',
      ),
    ],
  },
  { what: 'a field becomes shareable', edits: [people('mail: String', 'mail: String @shareable')] },
  { what: 'a key is added', edits: [people('@key(fields: "id")', '@key(fields: "id") @key(fields: "mail")')] },
  {
    what: 'a field moves to another subgraph',
    edits: [
      people(MAIL, ''),
      shop(
        'type Person @key(fields: "id", resolvable: false) {',
        'type Person @key(fields: "id") {\n  "The mail address."\n  mail: String',
      ),
    ],
  },
  {
    what: 'an inaccessible type comes and goes unseen',
    edits: [
      people(
        '"Somebody."',
        '"Inside only."\ntype Inner @inaccessible {\n  "The name."\n  name: String!\n}\n\n"Somebody."',
      ),
    ],
  },
  {
    what: 'a subgraph moves to another address',
    edits: [['subgraphs.json', 'http://people', 'http://people.internal']],
  },
];
