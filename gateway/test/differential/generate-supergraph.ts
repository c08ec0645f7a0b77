import type { SubgraphSource } from './facts.ts';
import type { Feature } from './feature.ts';
import { ARGUMENTS, isMovable, isRequirable, isTakable, withoutDirectives } from './field-texts.ts';
import { type Part, printSubgraph, type Subgraph } from './print-subgraph.ts';
import type { Random } from './random.ts';
import { STALE } from './subgraphs.ts';

export type Generated = { readonly sources: readonly SubgraphSource[]; readonly features: ReadonlySet<Feature> };

type Field = { text: string; name: string };

const NAMES = ['alpha', 'beta', 'gamma', 'delta'];
const KEYS = ['id', 'code', 'region number', 'place { zip }'];
const KEY_FIELDS: Readonly<Record<string, string>> = {
  id: 'ID!',
  code: 'String!',
  region: 'String!',
  number: 'Int!',
  place: 'Place!',
};
const LEAVES = ['String', 'Int', 'Float', 'Boolean', 'ID', 'Mood', 'Json'];

/** Two to four subgraphs that, nearly always, compose. */
export function generateSupergraph(random: Random): Generated {
  const features = new Set<Feature>();
  const subgraphs: Subgraph[] = NAMES.slice(0, 2 + random.int(3)).map((name) => ({
    name,
    parts: new Map(),
    query: [],
    mutation: [],
    extra: new Set(),
  }));
  const entities = ['Book', 'Shop', 'User', 'Order', 'Tag'].slice(0, 3 + random.int(3)).map((name) => {
    const keys = KEYS.filter((_, index) => (index === 0 ? random.chance(0.75) : random.chance(0.4)));
    return { name, keys: keys.length > 0 ? keys : ['id'], owner: random.pick(subgraphs) };
  });
  type Entity = (typeof entities)[number];
  let fields = 0;
  const knowingName = new Set<Part>();
  // One subgraph may add fields to all implementations of an interface that another has; it knows none of them itself.
  const [home, adding] = random.chance(0.4) ? subgraphs : [];
  const nodes = entities.filter(({ keys, owner }) => owner === home && keys.includes('id'));
  const isHidden = (entity: Entity, subgraph: Subgraph) => subgraph === adding && nodes.includes(entity);

  const partOf = (subgraph: Subgraph, entity: Entity): Part => {
    const known = subgraph.parts.get(entity.name);
    if (known) return known;
    const part: Part = { keys: new Set(), fields: new Map(), isStub: true, implements: new Set() };
    subgraph.parts.set(entity.name, part);
    const keys = subgraph === entity.owner ? entity.keys : [random.pick(entity.keys)];
    if (subgraph === entity.owner && keys.length > 1) features.add('several keys');
    for (const key of keys) addKey(part, key, features);
    return part;
  };
  const wrap = (type: string): string => {
    const form = random.pick(['', '', '!', '[]', '[!]', '[!]!', '[]!', '[[!]!]', '[[]]']);
    if (form.startsWith('[[')) features.add('nested list');
    return form.startsWith('[') ? form.replace(/^(\[+)/, `$1${type}`) : `${type}${form}`;
  };
  const args = (): string => (random.chance(0.3) ? random.pick(ARGUMENTS) : '');
  /** A type that the subgraph can return; entities become known to it. */
  const returned = (subgraph: Subgraph): string => {
    const roll = random.next();
    if (roll < 0.45) return random.pick(LEAVES);
    if (roll < 0.8) {
      const known = entities.filter((entity) => !isHidden(entity, subgraph));
      if (known.length === 0) return 'Place';
      const entity = random.pick(known);
      partOf(subgraph, entity);
      return entity.name;
    }
    if (roll < 0.88) return 'Place';
    const kind = random.pick(['Named', 'Thing']);
    subgraph.extra.add(kind);
    return kind;
  };
  const newField = (subgraph: Subgraph): Field => {
    const name = `f${fields++}`;
    return { name, text: `${name}${args()}: ${wrap(returned(subgraph))}` };
  };

  for (const entity of entities) {
    const owner = partOf(entity.owner, entity);
    owner.isStub = false;
    owner.fields.set('name', 'name: String');
    for (let index = random.int(4); index > 0; index--) addField(owner, newField(entity.owner));
    for (const subgraph of subgraphs) {
      if (subgraph === entity.owner || isHidden(entity, subgraph) || !random.chance(0.65)) continue;
      const part = partOf(subgraph, entity);
      part.isStub = false;
      if (random.chance(0.3)) addKey(part, random.pick(entity.keys), features);
      for (let index = 1 + random.int(3); index > 0; index--) addField(part, newField(subgraph));
    }
  }
  for (const entity of entities) {
    share(entity);
    for (const subgraph of subgraphs) if (subgraph.parts.get(entity.name)?.isStub === false) require(subgraph, entity);
    override(entity);
  }
  for (const subgraph of subgraphs) roots(subgraph);
  sharedRoot();
  interfaceObject();
  if (subgraphs.some(({ extra }) => extra.has('Thing'))) features.add('union');
  if (subgraphs.some(({ extra }) => extra.has('Named'))) features.add('interface');
  return { sources: subgraphs.map((subgraph) => ({ name: subgraph.name, sdl: printSubgraph(subgraph) })), features };

  function share({ name, owner }: Entity): void {
    const others = subgraphs.filter((subgraph) => subgraph !== owner && subgraph.parts.get(name)?.isStub === false);
    if (others.length === 0 || !random.chance(0.5)) return;
    features.add('@shareable');
    const field = `f${fields++}`;
    const text = `${field}: ${wrap(random.pick(LEAVES))} @shareable`;
    for (const subgraph of [owner, random.pick(others)]) subgraph.parts.get(name)?.fields.set(field, text);
  }

  /** Adds to a subgraph what it computes from fields of others. */
  function require(subgraph: Subgraph, { name }: Entity): void {
    const part = subgraph.parts.get(name);
    if (!part || !random.chance(0.6)) return;
    const candidates = subgraphs.flatMap((other) =>
      other === subgraph
        ? []
        : [...(other.parts.get(name)?.fields ?? [])].filter(
            ([field, text]) => !part.fields.has(field) && (isRequirable(text) || isReachable(subgraph, text)),
          ),
    );
    if (candidates.length === 0) return;
    const chosen = new Map([random.pick(candidates), random.pick(candidates)]);
    for (const [field, text] of chosen) {
      part.fields.set(field, `${withoutDirectives(text)} @external`);
    }
    features.add('@requires');
    const selected = [...chosen].map(([field, text]) => {
      const hasArguments = /^\w+\(/.test(text);
      if (hasArguments) features.add('@requires with arguments');
      if (text.includes('@requires')) features.add('@requires of what requires');
      return `${field}${hasArguments ? '(size: 3)' : ''}${selectionOf(subgraph, text)}`;
    });
    const field = `f${fields++}`;
    const type = random.chance(0.7) ? wrap(random.pick(['String', 'Int', 'Json'])) : wrap(returned(subgraph));
    part.fields.set(field, `${field}${args()}: ${type} @requires(fields: "${selected.join(' ')}")`);
  }

  function targetOf(text: string): Entity | undefined {
    const [, type] = /: \[*(\w+)/.exec(text.replace(/\(.*\)/, '')) ?? [];
    return entities.find(({ name }) => name === type);
  }

  /** Whether what another entity has can be required by way of the field. */
  function isReachable(subgraph: Subgraph, text: string): boolean {
    const target = targetOf(text);
    return target !== undefined && target.owner !== subgraph && !isHidden(target, subgraph) && isTakable(text);
  }

  function selectionOf(subgraph: Subgraph, text: string): string {
    const target = targetOf(text);
    if (!target) return /[ [](Place)/.test(text) ? ' { town rooms { mood } }' : '';
    features.add('@requires of another entity');
    const { fields: known } = partOf(subgraph, target);
    if (!known.has('name')) known.set('name', 'name: String @external');
    return ' { name }';
  }

  function override({ name }: Entity): void {
    if (!random.chance(0.35)) return;
    const having = subgraphs.filter((subgraph) => subgraph.parts.get(name)?.isStub === false);
    const from = having.find((subgraph) =>
      [...(subgraph.parts.get(name)?.fields ?? [])].some(([field]) => field.startsWith('f')),
    );
    const to = having.find((subgraph) => subgraph !== from);
    const moved = [...(from?.parts.get(name)?.fields ?? [])].find(([field, text]) => isMovable(field, text));
    if (!from || !to || !moved) return;
    const [field, text] = moved;
    const isUsed = subgraphs.some((subgraph) =>
      [...(subgraph.parts.get(name)?.fields.values() ?? [])].some(
        (other) => other.includes('@external') && other.startsWith(field),
      ),
    );
    if (isUsed || to.parts.get(name)?.fields.has(field)) return;
    const percent = random.pick(['', 0, 100]);
    const label = percent === '' ? '' : `, label: "percent(${percent})"`;
    features.add(percent === '' ? '@override' : 'progressive @override');
    const taken = `${text} @override(from: "${from.name}"${label})`;
    from.parts.get(name)?.fields.set(field, percent === 0 ? text : `"${STALE}" ${text}`);
    to.parts.get(name)?.fields.set(field, percent === 0 ? `"${STALE}" ${taken}` : taken);
  }

  function roots(subgraph: Subgraph): void {
    const { name, parts, query, mutation } = subgraph;
    for (const [type, part] of parts) {
      if (part.isStub && random.chance(0.5)) continue;
      const provided = isProvidable(subgraph, type) ? ' @provides(fields: "name")' : '';
      query.push(
        `${name}${type}s${args()}: ${random.pick(['[{}]', '[{}!]', '[{}!]!', '[[{}]]', '{}'])}${provided}`.replace(
          '{}',
          type,
        ),
      );
    }
    for (let index = 1 + random.int(2); index > 0; index--) query.push(newField(subgraph).text);
    if (random.chance(0.6))
      query.push(`${name}Things(filter: Filter! = { size: 1 }): [Thing!]${provideOfSome(subgraph)}`);
    if (random.chance(0.6)) query.push(`${name}Named: [Named]`);
    // An interface needs somebody who is one.
    if ([...parts.values()].some(({ keys }) => keys.has('id') && keys.has('code')) && random.chance(0.7)) {
      query.push(`${name}Coded: [Coded!]`);
      for (const kind of ['Coded', 'Named']) subgraph.extra.add(kind);
      features.add('interface of interfaces');
    }
    for (const kind of ['Thing', 'Named']) if (query.some((text) => text.includes(kind))) subgraph.extra.add(kind);
    if (random.chance(0.3)) {
      query.push(`hidden${name}: String @inaccessible`);
      features.add('@inaccessible');
    }
    if (!random.chance(0.7)) return;
    features.add('mutation');
    for (let index = 1 + random.int(3); index > 0; index--)
      mutation.push(`do${fields++}(filter: Filter, by: Int! = 2): ${wrap(returned(subgraph))}`);
  }

  /** What may be asked of any subgraph. */
  function sharedRoot(): void {
    if (!random.chance(0.4)) return;
    features.add('shared root field');
    const text = `shared${args()}: ${wrap(random.pick([...LEAVES, 'Place']))} @shareable`;
    for (const { query } of subgraphs.slice(0, 2)) query.push(text);
  }

  /** The same for the types of a union: what else there is of them has to be fetched elsewhere. */
  function provideOfSome(subgraph: Subgraph): string {
    const types = [...subgraph.parts.keys()].filter((type) => isProvidable(subgraph, type));
    if (types.length === 0) return '';
    features.add('@provides of a union');
    return ` @provides(fields: "${types.map((type) => `... on ${type} { name }`).join(' ')}")`;
  }

  /** Whether a subgraph gets to know the name of an entity, on the way through some of its fields only. */
  function isProvidable(subgraph: Subgraph, type: string): boolean {
    const entity = entities.find(({ name }) => name === type);
    const part = subgraph.parts.get(type);
    if (!entity || !part || entity.owner === subgraph || !random.chance(0.4)) return false;
    // What it is sent for others of its fields is something else.
    if (part.fields.has('name') && !knowingName.has(part)) return false;
    entity.owner.parts.get(type)?.fields.set('name', 'name: String @shareable');
    part.fields.set('name', 'name: String @external');
    knowingName.add(part);
    features.add('@provides');
    return true;
  }

  function interfaceObject(): void {
    if (!home || !adding || nodes.length === 0) return;
    features.add('@interfaceObject');
    for (const { name } of nodes) home.parts.get(name)?.implements.add('Node');
    home.extra.add('interface Node @key(fields: "id") { id: ID! }');
    home.query.push('nodes: [Node]');
    adding.extra.add(
      'type Node @interfaceObject @key(fields: "id") { id: ID! added(filter: Filter): String rank: Int! }',
    );
    adding.query.push('ranked: [Node!]');
  }
}

function addKey(part: Part, key: string, features: Set<Feature>): void {
  part.keys.add(key);
  if (key === 'region number') features.add('compound key');
  if (key.includes('{')) features.add('nested key');
  for (const [name] of key.matchAll(/\w+/g)) {
    const type = KEY_FIELDS[name];
    if (type !== undefined) part.fields.set(name, `${name}: ${type} @shareable`);
  }
}

function addField({ fields }: Part, { name, text }: Field): void {
  fields.set(name, text);
}
