import { bearer, compose, type Scope, startIssuer, startSubgraph } from './fixture.ts';

/** Who asks, and what they may see. */
export type Person = {
  readonly id: string | null;
  readonly roles: readonly string[];
  readonly isHr: boolean;
  readonly headers: Record<string, string>;
};

/** A field to ask for (with its selections and arguments), and what each person must get for it. */
export type Field = { readonly text: string; readonly value: (person: Person) => unknown };

const GOODS = `
  type Query { me: Person product(id: ID!): Product }
  type Person { id: ID! secret: String note(of: String!): String }
  type Product @key(fields: "id") {
    id: ID!
    name: String
    price(in: String!): String
    view: String
    seenBy: String
    email: String @federation__authenticated
    salary: Int @federation__requiresScopes(scopes: [["hr"]])
  }
`;
const PEOPLE = `
  type Product @key(fields: "id") {
    id: ID!
    maker: String
    wish(of: String!): String
    owner: String @federation__authenticated
    margin: Int @federation__requiresScopes(scopes: [["hr"]])
  }
`;
const PUBLIC = 'max-age=60, public';
const PRIVATE = 'max-age=60, private';
const isStrict = ({ viewer }: Scope) => (viewer?.roles.length ?? 0) > 0;

/** Of what the fields of one answer say, the strictest holds. */
function say(scope: Scope, cacheControl: string): void {
  if (scope.cacheControl !== PRIVATE) scope.cacheControl = cacheControl;
}

function everybodys<T>(value: T, scope: Scope): T {
  say(scope, PUBLIC);
  return value;
}

function own<T>(value: (id: string | null) => T, scope: Scope): T {
  say(scope, PRIVATE);
  return value(scope.viewer?.id ?? null);
}

/** A shop whose fields differ by viewer, role, scope and argument, each kept as far as it may be. */
export async function startGuardedShop() {
  const goods = await startSubgraph('goods', GOODS, {
    Query: {
      me: (_, __, scope) => own((id) => (id === null ? null : { id }), scope),
      product: (_, { id }, scope) => everybodys({ id }, scope),
    },
    Person: {
      secret: ({ id }, _, scope) => own(() => `secret of ${id}`, scope),
      note: ({ id }, args, scope) => own(() => `${id} on ${Object(args).of}`, scope),
    },
    Product: {
      __resolveReference: (reference) => reference,
      name: ({ id }, _, scope) => everybodys(`Thing ${id}`, scope),
      price: ({ id }, args, scope) => everybodys(`${id} ${Object(args).in}`, scope),
      // Staff see more than others, and their subgraph says so by the answer's policy only.
      view: (_, __, scope) => {
        say(scope, isStrict(scope) ? PRIVATE : PUBLIC);
        return [...(scope.viewer?.roles ?? [])].sort().join('+');
      },
      seenBy: (_, __, scope) => own((id) => id, scope),
      email: ({ id }, _, scope) => everybodys(`${id}@example.com`, scope),
      salary: ({ id }, _, scope) => everybodys(Number(id) * 1_000, scope),
    },
  });
  const people = await startSubgraph('people', PEOPLE, {
    Product: {
      __resolveReference: (reference) => reference,
      maker: ({ id }, _, scope) => everybodys(`Maker of ${id}`, scope),
      wish: ({ id }, args, scope) => own((viewer) => `${viewer} ${id} ${Object(args).of}`, scope),
      owner: ({ id }, _, scope) => everybodys(`Owner of ${id}`, scope),
      margin: ({ id }, _, scope) => everybodys(Number(id) * 10, scope),
    },
  });
  const issuer = await startIssuer();
  const person = async (id: string, roles: readonly string[], isHr: boolean): Promise<Person> => {
    const token = await issuer.token(id, [...roles], { claims: isHr ? { scope: 'hr' } : {} });
    return { id, roles, isHr, headers: bearer(token) };
  };
  return { supergraph: compose(goods, people), jwksUrl: issuer.url, person };
}

/** The fields of a product that there are to choose from. */
export function productFields(id: string): readonly Field[] {
  const ifKnown = (value: unknown) => (person: Person) => (person.id === null ? null : value);
  const ifHr = (value: unknown) => (person: Person) => (person.isHr ? value : null);
  const choices = (name: string, argument: string, value: (choice: string) => Field['value']) =>
    ['x', 'y'].map((choice) => ({
      text: `${name}_${choice}: ${name}(${argument}: "${choice}")`,
      value: value(choice),
    }));
  return [
    { text: 'name', value: () => `Thing ${id}` },
    { text: 'view', value: ({ roles }) => [...roles].sort().join('+') },
    { text: 'seenBy', value: (person) => person.id },
    { text: 'maker', value: () => `Maker of ${id}` },
    { text: 'email', value: ifKnown(`${id}@example.com`) },
    { text: 'owner', value: ifKnown(`Owner of ${id}`) },
    { text: 'salary', value: ifHr(Number(id) * 1_000) },
    { text: 'margin', value: ifHr(Number(id) * 10) },
    ...choices('price', 'in', (choice) => () => `${id} ${choice}`),
    ...choices('wish', 'of', (choice) => (person) => `${person.id} ${id} ${choice}`),
  ];
}

/** The same for whoever asks. */
export const ownFields: readonly Field[] = [
  { text: 'id', value: ({ id }) => id },
  { text: 'secret', value: ({ id }) => `secret of ${id}` },
  { text: 'note_x: note(of: "x")', value: ({ id }) => `${id} on x` },
  { text: 'note_y: note(of: "y")', value: ({ id }) => `${id} on y` },
];
