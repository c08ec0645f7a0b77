import { composeServices } from '@apollo/composition';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type PlanNode, QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { prepareSupergraph } from './prepare-supergraph.ts';

const FEDERATION = 'https://specs.apollo.dev/federation/v2.12';

function compose(
  subgraphs: Record<string, string>,
  imports = '"@key", "@shareable", "@external", "@requires"',
): string {
  const link = `extend schema @link(url: "${FEDERATION}", import: [${imports}])\n`;
  const { supergraphSdl, errors } = composeServices(
    Object.entries(subgraphs).map(([name, sdl]) => ({ name, url: `http://${name}`, typeDefs: parse(link + sdl) })),
  );
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

/** The fetches of the plan that ours is made to be, in the order in which they stand there. */
function plan(supergraph: string, query: string) {
  const prepared = prepareSupergraph(supergraph);
  const built = Supergraph.build(prepared.sdl);
  const operation = operationFromDocument(built.apiSchema(), parse(query));
  const planner = new QueryPlanner(built, { incrementalDelivery: { enableDefer: true } });
  const { node } = prepared.restore(planner.buildQueryPlan(operation));
  return node && node.kind !== 'Subscription' ? node : undefined;
}
const fetchesIn = (node: PlanNode | undefined): Extract<PlanNode, { kind: 'Fetch' }>[] => {
  if (node?.kind === 'Fetch') return [node];
  if (node?.kind === 'Flatten') return fetchesIn(node.node);
  return node?.kind === 'Sequence' || node?.kind === 'Parallel' ? node.nodes.flatMap(fetchesIn) : [];
};

describe('what the planner does not know', () => {
  const SECURED = compose(
    {
      a: `type Query {
            plain: Int secret: Int @auth scoped: [Vault!]! @federation__requiresScopes(scopes: [["a", "b"], ["c"]])
            ruled: Money @rule(policies: [["p"]]) @federation__cost(weight: 7)
            many(first: Int @federation__cost(weight: 3), last: Int): [Vault!]! @size(slicingArguments: ["first", "last"])
          }
          type Vault @key(fields: "id") @auth @federation__cacheTag(format: "vault-{$key.id}") { id: ID! }
          scalar Money @auth`,
    },
    '"@key", {name: "@authenticated", as: "@auth"}, {name: "@policy", as: "@rule"}, {name: "@listSize", as: "@size"}',
  );

  it('is taken out, by whatever name it goes', () => {
    const { sdl } = prepareSupergraph(SECURED);
    expect(() => Supergraph.build(SECURED)).toThrow();
    expect(
      Object.keys(Supergraph.build(sdl).apiSchema().toGraphQLJSSchema().getQueryType()?.getFields() ?? {}),
    ).toEqual(['plain', 'secret', 'scoped', 'ruled', 'many']);
    for (const trace of ['@auth', 'requiresScopes', '@rule', '@cost', '@size', 'policy__'])
      expect(sdl).not.toContain(trace);
  });

  it('is known to those who enforce it', () => {
    const { policies } = prepareSupergraph(SECURED);
    const nothing = { isAuthenticated: false, scopes: undefined, policies: undefined };
    expect(Object.fromEntries(policies)).toEqual({
      'Query.secret': { ...nothing, isAuthenticated: true },
      'Query.scoped': { ...nothing, scopes: [['a', 'b'], ['c']] },
      'Query.ruled': { ...nothing, policies: [['p']] },
      Vault: { ...nothing, isAuthenticated: true },
      Money: { ...nothing, isAuthenticated: true },
    });
  });

  it('is known to those who count costs', () => {
    const { weights, listSizes } = prepareSupergraph(SECURED).costs;
    expect(Object.fromEntries(weights)).toEqual({ 'Query.ruled': 7, 'Query.many(first:)': 3 });
    expect(listSizes.get('Query.many')).toEqual({
      assumedSize: undefined,
      slicingArguments: ['first', 'last'],
      sizedFields: [],
      requireOneSlicingArgument: true,
    });
  });

  it.each(['SECURITY', 'EXECUTION'])(
    'and is neither enforced nor planned here is refused, when it is for %s',
    (purpose) => {
      const supergraph = SECURED.replace('{\n', `@link(url: "https://example.com/seal/v1.0", for: ${purpose})\n{\n`);
      expect(() => prepareSupergraph(supergraph)).toThrow(`https://example.com/seal/v1.0 for ${purpose}`);
    },
  );

  it('is refused in a version that may mean something else', () => {
    expect(() => prepareSupergraph(SECURED.replace('authenticated/v0.1', 'authenticated/v0.2'))).toThrow(
      'https://specs.apollo.dev/authenticated/v0.2 for SECURITY',
    );
  });

  it('may be there when it is for nothing in particular', () => {
    const supergraph = SECURED.replace('{\n', '@link(url: "https://example.com/note/v1.0")\n{\n');
    expect(() => prepareSupergraph(supergraph)).not.toThrow();
  });

  it('is enforced even without a link, by its name', () => {
    const supergraph = SECURED.replace(/@link\(url: "[^"]*\/authenticated\/[^\n]*\n/, '').replaceAll(
      '@auth',
      '@authenticated',
    );
    expect(prepareSupergraph(supergraph).policies.get('Query.secret')).toMatchObject({ isAuthenticated: true });
  });

  it('is refused when it demands what cannot be read', () => {
    const supergraph = SECURED.replace('@rule(policies: [["p"]])', '@rule(policies: "p")');
    expect(() => prepareSupergraph(supergraph)).toThrow('@rule on Query.ruled');
  });
});

describe('requirements with arguments', () => {
  const PRICED = {
    shop: `type Query { product: Product } type Product @key(fields: "id") { id: ID! price(in: String): Int }`,
    ship: `type Product @key(fields: "id") {
             id: ID! price(in: String): Int @external plain: Int
             usd: Int @requires(fields: "price(in: \\"USD\\")") eur: Int @requires(fields: "price(in: \\"EUR\\")")
           }`,
  };
  const supergraph = compose(PRICED);

  it('leave a supergraph without any as it is', () => {
    const without = compose({ shop: PRICED.shop });
    expect(prepareSupergraph(without).sdl).not.toContain('inaccessible');
  });

  it('are hidden from clients', () => {
    const { sdl } = prepareSupergraph(supergraph);
    expect(sdl).toMatch(/price__[0-9a-f]{8}: Int/);
    const product = Supergraph.build(sdl).apiSchema().toGraphQLJSSchema().getType('Product');
    expect(product?.toConfig()).toHaveProperty('fields');
    expect(Object.keys(Object(product).getFields()).toSorted()).toEqual(['eur', 'id', 'plain', 'price', 'usd']);
  });

  it('are asked for and sent by their own names', () => {
    const [first, second, ...others] = fetchesIn(plan(supergraph, '{ product { price(in: "GBP") usd } }'));
    expect(others).toEqual([]);
    expect(first?.operation).toMatch(/price\(in:"GBP"\)/);
    const name = /(price__[0-9a-f]{8}):price\(in:"USD"\)/.exec(first?.operation ?? '')?.[1] ?? 'none';
    expect(JSON.stringify(second?.requires)).toContain(`"name":"${name}"`);
    expect(second?.inputRewrites).toEqual([
      { kind: 'KeyRenamer', path: ['... on Product', name], renameKeyTo: 'price' },
    ]);
    expect(second?.operation).not.toContain('price');
  });

  it('are sent in fetches of their own, as many as there are different ones', () => {
    const [, ...entities] = fetchesIn(plan(supergraph, '{ product { usd eur plain } }'));
    expect(entities.map(({ operation }) => /Product\{(.*?)\}/.exec(operation)?.[1])).toEqual(['usd plain', 'eur']);
    expect(entities.map(({ inputRewrites }) => inputRewrites?.length)).toEqual([1, 1]);
  });

  it('are put right in what is deferred, too', () => {
    const node = plan(supergraph, '{ product { id ... @defer { usd eur } } }');
    const deferred = node?.kind === 'Defer' ? node.deferred.flatMap((part) => fetchesIn(part.node)) : [];
    expect(deferred.map(({ operation }) => /Product\{(.*?)\}/.exec(operation)?.[1])).toContain('usd');
    expect(deferred.map(({ operation }) => /Product\{(.*?)\}/.exec(operation)?.[1])).toContain('eur');
    expect(deferred.some(({ operation }) => /[{ ]price__[0-9a-f]{8}[} ]/.test(operation))).toBe(false);
  });

  it('keep conditions and variables where they were', () => {
    const query = 'query($a: Boolean!, $b: Boolean!) { product { usd @include(if: $a) eur @skip(if: $b) } }';
    const [, ...entities] = fetchesIn(plan(supergraph, query));
    expect(entities.map(({ variableUsages }) => variableUsages)).toEqual([['a'], ['b']]);
    expect(entities.map(({ operation }) => /\$[ab]:Boolean!/g.exec(operation)?.[0])).toEqual([
      '$a:Boolean!',
      '$b:Boolean!',
    ]);
  });
});

it('a supergraph of federation 1 is corrected, too', () => {
  const supergraph = `
    schema @core(feature: "https://specs.apollo.dev/core/v0.1") @core(feature: "https://specs.apollo.dev/join/v0.1") {
      query: Query
    }
    directive @core(feature: String!) repeatable on SCHEMA
    directive @join__field(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet) on FIELD_DEFINITION
    directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT | INTERFACE
    directive @join__owner(graph: join__Graph!) on OBJECT | INTERFACE
    directive @join__graph(name: String!, url: String!) on ENUM_VALUE
    scalar join__FieldSet
    enum join__Graph { SHOP @join__graph(name: "shop", url: "http://a") SHIP @join__graph(name: "ship", url: "http://b") }
    type Query { product: Product @join__field(graph: SHOP) }
    type Product @join__owner(graph: SHOP) @join__type(graph: SHOP, key: "id") @join__type(graph: SHIP, key: "id") {
      id: ID! @join__field(graph: SHOP)
      price(in: String): Int @join__field(graph: SHOP)
      usd: Int @join__field(graph: SHIP, requires: "price(in: \\"USD\\")")
      eur: Int @join__field(graph: SHIP, requires: "price(in: \\"EUR\\")")
    }`;
  const operations = fetchesIn(plan(supergraph, '{ product { usd eur } }')).map(({ operation }) => operation);
  expect(operations).toHaveLength(3);
  expect(operations[0]).toMatch(/price__\w+:price\(in:"EUR"\)/);
});

it('a subgraph is come back to by a key that it can resolve', () => {
  const supergraph = compose({
    parts: `type Query { parts: [Part!]! }
            type Part @key(fields: "code", resolvable: false) @key(fields: "id") {
              id: ID! code: String! name: String @external label: String @requires(fields: "name")
            }`,
    names:
      'type Part @key(fields: "id") @key(fields: "code", resolvable: false) { id: ID! code: String! name: String }',
  });
  const last = fetchesIn(plan(supergraph, '{ parts { label } }')).at(-1);
  expect(JSON.stringify(last?.requires)).toContain('"id"');
  expect(JSON.stringify(last?.requires)).not.toContain('"code"');
});
