export type Part = { keys: Set<string>; fields: Map<string, string>; isStub: boolean; implements: Set<string> };
export type Subgraph = {
  name: string;
  parts: Map<string, Part>;
  query: string[];
  mutation: string[];
  extra: Set<string>;
};

const LIBRARY = `
  scalar Json
  enum Mood { LOW MID HIGH }
  input Filter { text: String = "none" moods: [Mood!] size: Int! inner: Filter ids: [ID] json: Json }
  type Place { zip: String! @shareable town: String @shareable rooms: [[Room!]] @shareable }
  type Room { size: Float @shareable mood: Mood! @shareable }
`;
const HEAD = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires", "@provides", "@shareable", "@override", "@inaccessible", "@interfaceObject"])`;

/** The SDL of a subgraph. */
export function printSubgraph({ parts, query, mutation, extra }: Subgraph): string {
  const types = [...parts].map(([name, part]) => printPart(name, part));
  const withId = [...parts].filter(([, part]) => [...part.keys].includes('id'));
  const hasNamed = extra.has('Named');
  const named = withId.map(([name]) => name);
  const declarations = [...extra].filter((text) => text.includes('{'));
  if (extra.has('Thing')) {
    declarations.push(`union Thing = ${[...parts.keys(), 'Place'].join(' | ')}`);
  }
  // An interface needs somebody who is one.
  const own = named.length > 0 ? '' : 'type Stray implements Named { id: ID! @shareable }';
  if (hasNamed) declarations.push(`interface Named { id: ID! } ${own}`);
  // One interface implements the other, and types both.
  if (extra.has('Coded')) declarations.push('interface Coded implements Named { id: ID! code: String! }');
  const text = [
    HEAD,
    LIBRARY,
    ...declarations,
    ...types
      .map((type) => (hasNamed ? type : type.replace(' & Named', '').replace('implements Named', '')))
      .map((type) => (extra.has('Coded') ? type : type.replace(' & Coded', ''))),
  ];
  text.push(`type Query { ${query.join('\n')} }`);
  if (mutation.length > 0) text.push(`type Mutation { ${mutation.join('\n')} }`);
  return text.join('\n');
}

function printPart(name: string, { keys, fields, isStub, implements: interfaces }: Part): string {
  const hasOwn = !isStub || fields.size > [...keys].join(' ').split(' ').length;
  const keyTexts = [...keys].map((key) => `@key(fields: "${key}"${hasOwn ? '' : ', resolvable: false'})`);
  const all = [...interfaces, ...(keys.has('id') ? ['Named', ...(keys.has('code') ? ['Coded'] : [])] : [])];
  const implementing = all.length > 0 ? `implements ${all.join(' & ')}` : '';
  return `type ${name} ${implementing} ${keyTexts.join(' ')} { ${[...fields.values()].join('\n')} }`;
}
